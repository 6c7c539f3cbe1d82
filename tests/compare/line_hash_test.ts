import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineHash } from "../../src/compare/line_hash.ts";
import { LineHeads } from "../../src/compare/line_heads.ts";
import { NormalForm } from "../../src/compare/normal_form.ts";
import { newHash } from "../../src/compare/tree_hash.ts";
import { ASSERTION } from "../../src/format/assertion_record.ts";
import { INSTANCE } from "../../src/format/instance_record.ts";
import type { RecordKind } from "../../src/format/record_kind.ts";
import { STEP } from "../../src/format/step_record.ts";
import { parseJson } from "../../src/json/value.ts";
import { linesOf } from "../../src/read/record_kinds.ts";
import { runPaths } from "../../src/format/layout.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { finished, valueHash } from "../support/naive_hash.ts";
import { assertion, instance, step } from "../support/samples.ts";

const { correlation_id } = step;
const echo = new TextEncoder().encode(correlation_id);
const KINDS = { instance: INSTANCE, step: STEP, assertion: ASSERTION };
type Kind = keyof typeof KINDS;

/** Hashes lines from their bytes, as if they were the whole file. */
function quickHash(kind: Kind, lines: string): (number[] | undefined)[] {
  const heads = new LineHeads(({ instance_id, correlation_id: id }) => ({
    name: instance_id,
    isCounted: true,
    echo: id === correlation_id ? echo : undefined,
  }));
  const quick = new LineHash(
    KINDS[kind] as unknown as RecordKind<never>,
    heads,
  );
  const bytes = new TextEncoder().encode(lines);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: (number[] | undefined)[] = [];
  for (let at = 0; at < bytes.length;) {
    const newline = bytes.indexOf(10, at);
    const end = quick.read(bytes, view, at);
    if (end !== -1) assert.equal(end, newline);
    found.push(end === -1 ? undefined : unsigned(quick.hash));
    at = newline + 1;
  }
  return found;
}

function unsigned(words: Iterable<number>): number[] {
  return Array.from(words, (word) => word >>> 0);
}

/** By the normal form, as text; undefined for a line that is not a record. */
function naiveHash(kind: Kind, line: string): number[] | undefined {
  let record: unknown;
  try {
    record = parseJson(line);
  } catch {
    return undefined;
  }
  if (!linesOf(runPaths("run_1"), kind).isRecord(record)) return undefined;
  const form = new NormalForm(record as typeof step);
  const words = finished(valueHash(JSON.parse(form.text)));
  const own = newHash();
  form.hash(own);
  assert.deepEqual(unsigned(own), [...words], line);
  return [...words];
}

const span = "00f067aa0ba902b7";
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.array(
    fc.constantFrom(
      correlation_id,
      correlation_id.slice(1),
      `-${span}`,
      "-",
      "0",
      "f",
      "G",
      "00-",
      '"',
      "\\",
      "\n",
      "é",
      "🛒",
      "\u0001",
    ),
    { maxLength: 6 },
  ).map((parts) => parts.join("")),
);
/**
 * Two keys must not become one by renaming, as an object holds but one of them.
 * And once it has parsed the key "\\", V8 13 takes "\n" for it now and then.
 */
const anyKey = text.map((text) =>
  text.replaceAll(correlation_id, correlation_id + "#").replaceAll("\\", "/")
);
const key = fc.oneof(
  anyKey,
  fc.constantFrom(
    "latency_ms",
    "errors",
    "attempts",
    "earlier_exchanges",
    "observation",
    "cause",
    "stack",
    "name",
    "message",
    "ok",
    "timestamp",
    "__proto__",
    "a",
  ),
);
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -99_999, max: 99_999 }).map((n) => n / 1000),
  fc.maxSafeInteger(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    text,
    number,
    fc.constantFrom(true, false, null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 6 })
      .map((members) => Object.fromEntries(members)),
  ),
})) as { value: fc.Arbitrary<unknown> };
const observation = fc.array(fc.tuple(key, value), { maxLength: 6 })
  .map((members) => Object.fromEntries(members));

const path = fc.constantFrom(
  "artifacts/inst_001/step_001_request.json",
  "artifacts/inst_001/step_001_response.json",
  "artifacts/inst_001/step_002_request.json",
  "artifacts/inst_002/step_001_request.json",
  "artifacts/inst_001/step_001_request.jsonl",
  'artifacts/inst_001/"',
  "artifacts",
);
const paths = fc.array(path, { maxLength: 3 });
const message = fc.option(value, { nil: undefined });

/** A record as some writer may write it. */
const written: fc.Arbitrary<[Kind, string]> = fc.oneof(
  fc.tuple(observation, text.map((t) => t || "x"), paths, message, message).map(
    ([observation, step_name, artifacts, request, response]): [
      Kind,
      string,
    ] => [
      "step",
      JSON.stringify({
        ...step,
        step_name,
        observation,
        artifacts,
        request,
        response,
      }),
    ],
  ),
  fc.tuple(value, text).map(([expected, message]): [Kind, string] => [
    "assertion",
    JSON.stringify({ ...assertion, expected, message }),
  ]),
  fc.tuple(observation, value).map(([entry_data, error]): [Kind, string] => [
    "instance",
    JSON.stringify({ ...instance, entry_data, error }),
  ]),
);

/** What others do to a line, and what breaks it. */
const change = fc.constantFrom(
  (line: string) => line,
  (line: string) => line,
  (line: string) => line.replaceAll(":", ": "),
  (line: string) => line + "\r",
  (line: string) => line.replaceAll("/", "\\/"),
  (line: string) => line.replace(/"([^"\\]+)":/, '"$1":1,"$1":'),
  (line: string) => line.replace(/(,"[^"\\]+":[^{}[\]",]+)/, "$1$1"),
  (line: string) => line.replace(/[a-z]/, "\\u0061"),
  (line: string) => line.replace(/\d+/, "1e400"),
  (line: string) => line.replace(/:(\d)/, ":0$1"),
  (line: string) => line.replace(/:(\d+)/g, ":$1.50"),
  (line: string) => line.replace(/:(\d+)/g, ":-0"),
  (line: string) => line.replace(/:(\d+)/g, ":$1."),
  (line: string) => line.replace(/:(\d+)/g, ":$1e2"),
  (line: string) => line.replace(/,/g, ",,"),
  (line: string) => line.slice(0, -1),
  (line: string) => line + "}",
  (line: string) => line.replace(/"(?=[^"]*$)/, "\u0002"),
);

test("LineHash is the hash of the normal form, or leaves a line to be parsed", () => {
  let [quick, parsed] = [0, 0];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(written, change), { minLength: 1, maxLength: 4 }),
      (changed) => {
        for (const kind of Object.keys(KINDS) as Kind[]) {
          const lines = changed.filter(([[its]]) => its === kind)
            .map(([[, line], change]) => change(line));
          const hashes = quickHash(kind, lines.map((l) => l + "\n").join(""));
          for (const [i, hash] of hashes.entries()) {
            const naive = naiveHash(kind, lines[i]!);
            if (hash) assert.deepEqual(hash, naive, lines[i]!);
            if (hash) quick++;
            else parsed++;
          }
        }
      },
    ),
    fuzzParameters(3000),
  );
  assert.ok(quick > parsed / 10, `${quick} and ${parsed}`);
});

test("LineHash needs no parser for what this library writes every day", () => {
  const observed = {
    ok: false,
    status_code: 502,
    latency_ms: 0.125,
    headers: {
      traceparent: `00-${correlation_id}-${span}-01`,
      "x-correlation-id": correlation_id,
    },
    body: {
      text: 'a "quoted"\tline\n',
      price: -12.5,
      "naïve": "🛒",
      deep: [[{}]],
    },
    errors: [{ name: "E", cause: { code: 1 } }, "text"],
  };
  const lines: [Kind, object][] = [
    ["step", { ...step, observation: observed, artifacts: ["artifacts/a/b"] }],
    ["step", { ...step, request: observed.headers, response: null }],
    [
      "step",
      {
        ...step,
        step_index: 999,
        artifacts: [
          "artifacts/inst_001/step_1000_request.json",
          "artifacts/inst_001/a.png",
        ],
      },
    ],
    ["assertion", { ...assertion, step_index: 3, actual: [null, 1e-7] }],
    ["instance", instance],
  ];
  for (const [kind, record] of lines) {
    const line = JSON.stringify(record);
    assert.deepEqual(quickHash(kind, line + "\n"), [naiveHash(kind, line)]);
  }
});

test("LineHash distinguishes instances and attempts that begin alike", () => {
  const other = { ...step, correlation_id: "ff" + correlation_id.slice(2) };
  const third = { ...step, instance_id: "inst_002" };
  const records = [step, other, third, step, other, third];
  const lines = records.map((record) => JSON.stringify(record) + "\n").join("");
  const hashes = quickHash("step", lines);
  assert.deepEqual(hashes.slice(3), hashes.slice(0, 3));
  assert.deepEqual(hashes[0], hashes[1]);
  assert.notDeepEqual(hashes[0], hashes[2]);
});
