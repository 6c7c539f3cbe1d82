import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type Secrets, verifyRun } from "../../mod.ts";
import { withSampleRun } from "../support/sample_run.ts";

const SECRET = 'p/ss+wörd "1"?>~!';

/** How a program may have written it, inside of other text. */
const FORMS: [form: string, text: string][] = [
  ["as it is", SECRET],
  ["as JSON", JSON.stringify({ a: `x${SECRET}y` })],
  ["as JSON of Python", '{"a": "p/ss+w\\u00f6rd \\"1\\"?>~!"}'],
  ["as JSON of PHP", '{"a":"p\\/ss+w\\u00f6rd \\"1\\"?>~!"}'],
  ["as JSON of Go", '{"a":"p/ss+wörd \\"1\\"?\\u003e~!"}'],
  ["as JSON in JSON", JSON.stringify({ a: JSON.stringify({ b: SECRET }) })],
  [
    "as JSON of Python in JSON",
    JSON.stringify({ a: '{"b": "p/ss+w\\u00f6rd \\"1\\"?>~!"}' }),
  ],
  ...["", "u", "us", "use", "user:"].flatMap((before) =>
    ["", "a", "ab", "abc"].flatMap((after): [string, string][] => {
      const bytes = Buffer.from(before + SECRET + after);
      const name = `after ${before.length} and before ${after.length} bytes`;
      return [
        [`in base64 ${name}`, bytes.toString("base64")],
        [`in base64url ${name}`, bytes.toString("base64url")],
        [
          `in URL-encoded base64 ${name}`,
          encodeURIComponent(bytes.toString("base64")),
        ],
      ];
    })
  ),
  ["in a query", `?token=${encodeURIComponent(SECRET)}&a=1`],
  ["in a path", encodeURI(`/${SECRET}/`)],
  ["in a form", new URLSearchParams({ token: SECRET }).toString()],
  ["in lower case", encodeURIComponent(SECRET).replace(/%../g, lowerCase)],
  ...["\n", "\r\n", "\r\n  "].flatMap((end): [string, string][] => {
    const long = `user:${SECRET}`.padStart(70, "x").padEnd(100, "y");
    const lines = Buffer.from(long).toString("base64").replace(
      /.{20}/g,
      `$&${end}`,
    );
    return [
      [`in lines of base64 that end with ${JSON.stringify(end)}`, lines],
      ["in lines of base64 as JSON", JSON.stringify({ a: lines })],
    ];
  }),
  ["with every byte as a percentage", everyByte("%", "")],
  [
    "with every byte as a percentage, in lower case",
    lowerCase(everyByte("%", "")),
  ],
  ["with every byte as a percentage of a percentage", everyByte("%25", "")],
  ["in a query of a query", encodeURIComponent(encodeURIComponent(SECRET))],
  ["with every letter as an escape", everyUnit("\\u")],
  ["with every letter as an escape in JSON in JSON", everyUnit("\\\\u")],
  ["in a query, as JSON", JSON.stringify(encodeURIComponent(`"${SECRET}"`))],
  ["in hex", Buffer.from(SECRET).toString("hex")],
  ["in hex of upper case", Buffer.from(SECRET).toString("hex").toUpperCase()],
  ["in base64 of base64", base64(base64(`user:${SECRET}`))],
  ["in base64 of JSON", base64(JSON.stringify({ a: SECRET }))],
  ["in base64 of a query", base64(`?a=${encodeURIComponent(SECRET)}`)],
  ["in base64 of hex", base64(Buffer.from(SECRET).toString("hex"))],
  ["in hex of base64", Buffer.from(base64(`user:${SECRET}`)).toString("hex")],
  [
    "as HTML",
    SECRET.replace(/["<>&]/g, (c) => ({ '"': "&quot;", ">": "&gt;" })[c]!),
  ],
  ["as HTML with every letter as a number", entities((code) => `&#${code};`)],
  ["as HTML in hex", entities((code) => `&#x${code.toString(16)};`)],
  [
    "as HTML as JSON",
    JSON.stringify(entities((code) => `&#X00${code.toString(16)};`)),
  ],
  ["in UTF-16", Buffer.from(SECRET, "utf16le").toString("latin1")],
  [
    "in UTF-16 of the other order",
    Buffer.from(SECRET, "utf16le").swap16().toString("latin1"),
  ],
];

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

function everyByte(before: string, after: string): string {
  return Buffer.from(SECRET).toString("hex").toUpperCase()
    .replace(/../g, (hex) => before + hex + after);
}

function everyUnit(before: string): string {
  return Array.from(
    SECRET,
    (letter) => before + letter.charCodeAt(0).toString(16).padStart(4, "0"),
  ).join("");
}

function entities(encode: (code: number) => string): string {
  return Array.from(SECRET, (letter) => encode(letter.codePointAt(0)!)).join(
    "",
  );
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

async function found(path: string, secrets: Secrets = [SECRET]) {
  const { problems } = await verifyRun(path, { secrets });
  return problems.filter(({ code }) => code === "SECRET_FOUND");
}

test("verifyRun() finds no secret where there is none, and accepts an empty list", () =>
  withSampleRun(async (path) => {
    assert.deepEqual(await found(path), []);
    assert.equal((await verifyRun(path, { secrets: [SECRET] })).ok, true);
    assert.equal((await verifyRun(path, { secrets: {} })).ok, true);
  }));

test("verifyRun() finds a secret in every form, and reports where", () =>
  withSampleRun(async (path) => {
    const file = join(path, "artifacts", "inst_001", "a.bin");
    for (const [form, text] of FORMS) {
      const isBytes = form.startsWith("in UTF-16");
      await writeFile(
        file,
        isBytes ? Buffer.from(`..${text}`, "latin1") : `🛒${text}`,
      );
      const [first, ...more] = await found(path, { token: SECRET });
      assert(first, form);
      assert.equal(first.file, file, form);
      assert.match(first.message, /secret "token".*at byte \d+/, form);
      assert(!first.message.includes(SECRET), form);
      assert.equal(more.length, 0, `${form}: told once`);
    }
    await writeFile(file, `🛒--${SECRET}`);
    assert.match((await found(path))[0]!.message, /secret "0".*at byte 6:/);
  }));

test("verifyRun() finds a secret of any bytes", () =>
  withSampleRun(async (path) => {
    const file = join(path, "artifacts", "inst_001", "a.bin");
    for (let byte = 0x80; byte < 0xc0; byte++) {
      // The last byte of a character in UTF-8.
      const secret = `pass ${Buffer.from([0xc3, byte])} word`;
      await writeFile(file, `..${secret}..`);
      const problems = await found(path, { token: secret });
      assert.equal(problems.length, 1, `byte ${byte.toString(16)}`);
    }
  }));

test("verifyRun() finds a secret in every file, wherever it came from", () =>
  withSampleRun(async (path) => {
    await mkdir(join(path, "unknown", "below"), { recursive: true });
    const files = [
      "manifest.json",
      "instances.jsonl",
      "steps.jsonl",
      "assertions.jsonl",
      "summary.json",
      "artifacts/inst_002/step_001_request.json",
      "unknown/below/file",
      ".hidden",
    ];
    for (const name of files) {
      // Whitespace at the end of JSON: it is looked for as bytes.
      await writeFile(join(path, name), `\n${SECRET}\n`, { flag: "a" });
    }
    const where = (await found(path)).map(({ file }) => file).sort();
    assert.deepEqual(where, files.map((name) => join(path, name)).sort());
  }));

test("verifyRun() finds a secret across the blocks that it reads", () =>
  withSampleRun(async (path) => {
    const file = join(path, "artifacts", "inst_001", "a.bin");
    const block = 64 * 1024;
    const bytes = Buffer.from(SECRET);
    for (let before = 0; before <= bytes.length + 1; before++) {
      for (const blocks of [1, 3]) {
        const content = Buffer.alloc(4 * block, 0xe2);
        const offset = blocks * block - before;
        content.set(bytes, offset);
        content.set(bytes, offset + 2000);
        await writeFile(file, content);
        const offsets = (await found(path)).map(({ message }) =>
          Number(/at byte (\d+)/.exec(message)?.[1])
        );
        assert.deepEqual(offsets, [offset, offset + 2000]);
      }
    }
  }));

test("verifyRun() finds a secret in a name, and does not repeat it", () =>
  withSampleRun(async (path) => {
    const dir = join(path, "artifacts", "inst_001");
    await writeFile(join(dir, "log-t0k3n-abc.txt"), "");
    const [problem] = await found(path, ["t0k3n-abc"]);
    assert.equal(problem?.file, dir);
    assert(!problem.message.includes("t0k3n-abc"));
  }));

test("verifyRun() refuses what is too short to be looked for", () =>
  withSampleRun(async (path) => {
    for (const secret of ["", "12345"]) {
      await assert.rejects(verifyRun(path, { secrets: { pin: secret } }), {
        code: "INVALID_OPTION",
        message: /secret "pin"/,
      });
    }
  }));

test("verifyRun() finds a secret in what was set aside of a run that was renamed", () =>
  withSampleRun(async (path) => {
    const renamed = `${path}-renamed`;
    await rename(path, renamed);
    try {
      assert.deepEqual(await found(renamed), []);
      await writeFile(`${path}.steps.jsonl.7.torn`, `{"a":"${SECRET}`);
      const [finding] = await found(renamed);
      assert.equal(finding?.file, `${path}.steps.jsonl.7.torn`);
    } finally {
      await rename(renamed, path);
    }
  }));
