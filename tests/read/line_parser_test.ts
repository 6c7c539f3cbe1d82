import assert from "node:assert/strict";
import { test } from "node:test";
import type { ArtifactError } from "../../mod.ts";
import {
  badLines,
  LineParser,
  type LineParserOptions,
} from "../../src/read/line_parser.ts";
import { runPaths } from "../../src/format/layout.ts";
import { linesOf } from "../../src/read/record_kinds.ts";
import { step } from "../support/samples.ts";

const { file, isRecord } = linesOf(runPaths("run_1"), "step");
const line = JSON.stringify(step);

const only = (instance_id: string): Partial<LineParserOptions> => ({
  wantsInstance: (id) => id === instance_id,
});

function parse(
  text: string,
  options: Partial<LineParserOptions>,
) {
  const parser = new LineParser<typeof step>({
    file,
    isRecord,
    ...options,
  });
  const bytes = new TextEncoder().encode(text);
  return parser.parse({ bytes, offset: 0, tooLong: false });
}

test("parse() finds the lines of an instance however they are written", () => {
  const { instance_id, ...rest } = step;
  const mine = [
    line,
    line + "\r",
    JSON.stringify({ ...rest, instance_id }),
    JSON.stringify(step, null, 1).replaceAll("\n", ""),
    " " + line,
    line.replace("inst_001", "\\u0069nst_001"),
    line.replace("instance_id", "instance\\u005fid"),
  ];
  const others = ["inst_002", "inst_0011", "inst_00", "inst_", "x", ""].map(
    (id) => line.replace("inst_001", id),
  );
  const untold = JSON.stringify({ ...rest, instance_id: "inst_002" });
  const text = [...others, untold, ...mine, ...others].join("\n") + "\n";
  const { records } = parse(text, only(instance_id));
  assert.deepEqual(records, mine.map(() => step));
});

test("parse() finds ids of any letters, as JSON writes them and escaped", () => {
  for (const id of ["été", "🛒", 'a"b', "a\\b", "\ud800", "tab\t", "inst_1"]) {
    const own = JSON.stringify({ ...step, instance_id: id });
    const escaped = own.replace(
      /[^\x20-\x7e]/g,
      (letter) => "\\u" + letter.charCodeAt(0).toString(16).padStart(4, "0"),
    );
    const text = [line, own, escaped, line].join("\n") + "\n";
    const { records } = parse(text, only(id));
    assert.equal(records.length, 2, id);
  }
});

test("parse() does not read the lines of others", () => {
  const broken = line.replace("inst_001", "inst_002").slice(0, -5);
  const { records, corrupt } = parse(
    `${broken}\n${line}\n`,
    only("inst_001"),
  );
  assert.deepEqual(records, [step]);
  assert.equal(corrupt, undefined);
});

test("parse() numbers a bad line by its place in the file", () => {
  for (const wanted of [{}, only("inst_001")]) {
    const parser = new LineParser({ file, isRecord, ...wanted });
    const bytes = new TextEncoder().encode(`${line}\n${line}\n`);
    parser.parse({ bytes, offset: 0, tooLong: false });
    parser.parse({ bytes, offset: bytes.length, tooLong: false });
    const { records, corrupt } = parser.parse({
      bytes: new TextEncoder().encode(`${line}\nbad\n${line}\n`),
      offset: 2 * bytes.length,
      tooLong: false,
    });
    assert.equal(records.length, 1);
    assert.equal(corrupt?.line, 6);
    assert.equal(corrupt?.offset, 2 * bytes.length + line.length + 1);
  }
});

test("parse() skips bad lines where someone takes their errors", () => {
  const errors: ArtifactError[] = [];
  const { records, corrupt } = parse(`bad\n${line}\n\n${line}\n{}\n`, {
    ...badLines({ onCorruptLine: (error) => errors.push(error) }),
  });
  assert.deepEqual(records, [step, step]);
  assert.equal(corrupt, undefined);
  assert.deepEqual(errors.map(({ line }) => line), [1, 3, 5]);
  assert.deepEqual(errors.map(({ code }) => code), [
    "CORRUPT_LINE",
    "CORRUPT_LINE",
    "CORRUPT_LINE",
  ]);
});

test("parse() distinguishes a recorded replacement character from bad UTF-8", () => {
  const recorded = { ...step, step_name: "odd \ufffd" };
  const good = new TextEncoder().encode(JSON.stringify(recorded) + "\n");
  const parser = new LineParser({ file, isRecord });
  const first = parser.parse({ bytes: good, offset: 0, tooLong: false });
  assert.deepEqual(first, { records: [recorded] });
  const bad = good.slice();
  bad[good.indexOf(0xef)] = 0xff;
  const second = parser.parse({ bytes: bad, offset: 0, tooLong: false });
  assert.match(second.corrupt!.message, /line 2 .* it is not UTF-8/);
});

test("parse() says that a line is too long", () => {
  const parser = new LineParser({ file, isRecord });
  const bytes = new TextEncoder().encode(line.slice(0, 50));
  const { corrupt } = parser.parse({ bytes, offset: 7, tooLong: true });
  assert.equal(corrupt?.offset, 7);
  assert.match(corrupt!.message, /it is longer than \d+ bytes/);
});

test("parse() refuses a line of deeper nesting than any that is written", () => {
  const deep = (levels: number) =>
    line.replace(
      '"body":{',
      `"deep":${"[".repeat(levels)}${"]".repeat(levels)},"body":{`,
    );
  const { records } = parse(`${deep(500)}\n`, {});
  assert.equal(records.length, 1);
  for (const levels of [520, 20_000]) {
    const { corrupt } = parse(`${deep(levels)}\n${line}\n`, {});
    assert.equal(corrupt?.code, "CORRUPT_LINE");
  }
});
