import assert from "node:assert/strict";
import { test } from "node:test";
import { createContext, runInContext } from "node:vm";
import fc from "fast-check";
import type { AssertionRecord, StepRecord } from "../../mod.ts";
import { ASSERTION } from "../../src/format/assertion_record.ts";
import { INSTANCE } from "../../src/format/instance_record.ts";
import { START } from "../../src/format/start_record.ts";
import { STEP } from "../../src/format/step_record.ts";
import type { RecordIds, RecordKind } from "../../src/format/record_kind.ts";
import { encode, type RecordSource } from "../../src/record/encode.ts";
import { RecordBytes } from "../../src/record/record_bytes.ts";
import { type Redactor, redactorOf } from "../../src/redact/redactor.ts";
import { assertion, instance, start, step } from "../support/samples.ts";

const redactor = redactorOf({ headers: ["x-token"] });

/** Encodes both ways; learns from record to record. */
function bothWays<R extends RecordIds>(
  kind: RecordKind<R>,
  redactor?: Redactor,
) {
  const writer = new RecordBytes(kind, "run_1", redactor);
  const counts = { fast: 0, general: 0, refused: 0 };
  const compare = (record: R, source: RecordSource = "caller") => {
    const bytes = writer.encode(record, source, () => {});
    let general: string | undefined;
    try {
      general = encode(kind, record, source, "run_1", redactor).line;
    } catch (error) {
      assert.equal((error as { code: string }).code, "INVALID_RECORD");
    }
    if (bytes === undefined) {
      counts[general === undefined ? "refused" : "general"]++;
      return;
    }
    counts.fast++;
    assert.equal(new TextDecoder().decode(bytes), general);
  };
  return { compare, counts };
}

const KEYS = [
  "a",
  "b",
  "ok",
  "status_code",
  "latency_ms",
  "headers",
  "rawHeaders",
  "header",
  "errors",
  "body",
  "url",
  "location",
  "Set-Cookie",
  "cookie",
  "X-Token",
  "authorization",
  "Password",
  "token",
  "name",
  "value",
  "field",
  "__proto__",
  "toJSON",
  "$type",
  "$secret",
  "1",
  "0",
  "ключ",
  'q"k',
  "\ud800",
  "date",
  "constructor",
];
const { Foreign, foreign } = runInContext(
  "({ Foreign: Array, foreign: { a: [1, { b: 'c' }] } })",
  createContext(),
) as { Foreign: ArrayConstructor; foreign: object };
class Point {
  x = 1;
}
const LEAVES: unknown[] = [
  "",
  "text",
  "set-cookie: a=b\r\nx: y",
  "Authorization: Basic abc",
  "cookie",
  "Thu, 26 Nov 2026 16:47:08 GMT",
  "a=1&token=abc",
  "//user:pass@host/",
  '{"cookie":"a"}',
  '[["cookie","a"]]',
  "\ud800",
  "\udc00a",
  "a\nb",
  "語🛒é",
  "\u007f\u0000",
  "x".repeat(200),
  'é"'.repeat(120),
  -0,
  0,
  1e21,
  1e-7,
  0.1 + 0.2,
  123.456,
  999999999,
  1e9,
  5e-324,
  NaN,
  Infinity,
  10n,
  true,
  false,
  null,
  undefined,
  new Date(0),
  new Map(),
  [],
  {},
  [1, , 2],
  [undefined],
  ["a", "b"],
  [["cookie", "a"]],
  { $secret: "cookie" },
  { name: "cookie", value: "a" },
  () => 1,
  Symbol("s"),
  Object.create(null),
  Object.create({ a: 1 }),
  new Point(),
  foreign,
  new Foreign(1, 2),
  { toJSON: () => 1 },
  new Proxy({ a: 1 }, {}),
  Object.assign([1], { toJSON: () => 2 }),
  Object.defineProperty({ a: 1 }, "toJSON", { value: () => 3 }),
  {
    get a() {
      return "got";
    },
  },
  {
    get a(): never {
      throw new Error("not to be read");
    },
  },
  new Proxy({}, {
    ownKeys() {
      throw new Error("no keys");
    },
  }),
];
const objectOf = (entries: [string, unknown][]) => {
  const object = {};
  for (const [key, value] of entries) {
    Object.defineProperty(object, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return object;
};
const key = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...KEYS) },
  { weight: 1, arbitrary: fc.string({ unit: "binary" }) },
);
const leaf = fc.oneof(
  fc.constantFrom(...LEAVES),
  fc.string({ unit: "binary" }),
  fc.string(),
  fc.double(),
  fc.integer(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("value")), { maxLength: 5 }).map(objectOf),
  ),
}));
const object = fc.array(fc.tuple(key, value), { maxLength: 6 }).map(objectOf);

for (const given of [redactor, undefined]) {
  const how = given ? "with redaction" : "without redaction";
  test(`RecordBytes writes the line of encode(), ${how}, whatever a step holds`, () => {
    const { compare, counts } = bothWays(STEP, given);
    fc.assert(
      fc.property(
        object,
        (observation) => compare({ ...step, observation } as StepRecord),
      ),
      { numRuns: 10_000 },
    );
    assert.ok(
      counts.fast > 1000 && counts.general > 500,
      JSON.stringify(counts),
    );
  });

  test(`RecordBytes writes the line of encode(), ${how}, whatever an assertion holds`, () => {
    const { compare, counts } = bothWays(ASSERTION, given);
    fc.assert(
      fc.property(
        value,
        value,
        (expected, actual) =>
          compare({ ...assertion, expected, actual } as AssertionRecord),
      ),
      { numRuns: 5000 },
    );
    assert.ok(counts.fast > 500, JSON.stringify(counts));
  });
}

test("RecordBytes writes the line of encode() for any JSON", () => {
  const { compare, counts } = bothWays(STEP);
  fc.assert(
    fc.property(
      fc.jsonValue({ noUnicodeString: false }),
      (body) =>
        compare({
          ...step,
          observation: { body },
          ...(body !== null && { request: body }),
          ...(typeof body === "object" && { response: [body] }),
        } as StepRecord),
    ),
    { numRuns: 5000 },
  );
  assert.ok(counts.fast > 3000, JSON.stringify(counts));
});

test("RecordBytes passes a record of any kind as encode() does", () => {
  const samples: [RecordKind<never>, object][] = [
    [STEP as unknown as RecordKind<never>, step],
    [ASSERTION as unknown as RecordKind<never>, assertion],
    [INSTANCE as unknown as RecordKind<never>, instance],
    [START as unknown as RecordKind<never>, start],
  ];
  for (const [kind, good] of samples) {
    const { compare, counts } = bothWays(kind, redactor);
    for (let i = 0; i < 3; i++) {
      compare(good as never);
      const reversed = Object.fromEntries(Object.entries(good).reverse());
      compare(reversed as never);
    }
    assert.equal(counts.fast, 6, `${kind.name}: ${JSON.stringify(counts)}`);
    for (const field of [...Object.keys(good), "unknown_field"]) {
      for (const value of LEAVES) {
        compare({ ...good, [field]: value } as never);
      }
      const { [field]: _, ...without } = good as Record<string, unknown>;
      compare(without as never);
    }
    assert.ok(counts.refused > 100, JSON.stringify(counts));
  }
});

test("RecordBytes writes secrets as encode() does, without the general way", () => {
  const { compare, counts } = bothWays(STEP, redactor);
  for (const secret of ["a=b", "другой", ["a", "b"]]) {
    const headers = {
      "set-cookie": secret,
      Authorization: "Bearer x",
      date: "Thu, 26 Nov 2026 16:47:08 GMT",
      "x-token": "1",
    };
    const body = { Password: "pw", user: 7 };
    compare({ ...step, observation: { headers, body } } as StepRecord);
  }
  assert.deepEqual(counts, { fast: 3, general: 0, refused: 0 });
});

test("RecordBytes keeps places within bounds where keys are ids", () => {
  const { compare, counts } = bothWays(STEP, redactor);
  for (let i = 0; i < 20_000; i++) {
    const body = {
      [`id_${i}`]: { [`sub_${i}`]: `text ${i}` },
      [`k${i % 90}`]: i,
    };
    compare({ ...step, observation: { body } } as StepRecord);
  }
  assert.equal(counts.fast, 20_000);
});

test("RecordBytes takes values as deep as encode() does", () => {
  const { compare, counts } = bothWays(STEP);
  for (const depth of [490, 498, 499, 500, 501, 5000]) {
    let body: unknown = 1;
    for (let i = 0; i < depth; i++) body = i % 2 ? { a: body } : [body];
    compare({ ...step, observation: { body } } as StepRecord);
  }
  assert.ok(counts.fast >= 2, JSON.stringify(counts));
});

test("RecordBytes writes lines up to its bound, and leaves longer ones", () => {
  const { compare, counts } = bothWays(STEP);
  for (let length = 80_000; length < 300_000; length += 997) {
    for (const unit of ["x", "é"]) {
      compare({ ...step, observation: { body: unit.repeat(length) } });
      const body = Array(length >> 6).fill({
        key: "text of 30 characters or so.",
      });
      compare({ ...step, observation: { body } });
    }
  }
  assert.ok(counts.fast > 10 && counts.general > 10, JSON.stringify(counts));
});

test("RecordBytes leaves a record whose getter records another", () => {
  const writer = new RecordBytes(STEP, "run_1", redactor);
  let inner: Uint8Array | undefined;
  const body = {
    get a() {
      inner = writer.encode(step, "caller", () => {});
      return 1;
    },
  };
  const outer = writer.encode(
    { ...step, observation: { body } } as StepRecord,
    "caller",
    () => assert.equal(writer.encode(step, "caller", () => {}), undefined),
  );
  assert.equal(inner, undefined);
  const { observation } = JSON.parse(new TextDecoder().decode(outer));
  assert.deepEqual(observation, { body: { a: 1 } });
});
