import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import {
  AssertionRecordSchema,
  InstanceRecordSchema,
  StepRecordSchema,
} from "../../mod.ts";
import { ASSERTION } from "../../src/format/assertion_record.ts";
import { INSTANCE } from "../../src/format/instance_record.ts";
import type { RecordKind } from "../../src/format/record_kind.ts";
import { STEP } from "../../src/format/step_record.ts";
import { encode } from "../../src/record/encode.ts";
import { toJsonValue } from "../../src/json/typed_value.ts";
import { START } from "../../src/format/start_record.ts";
import { assertion, instance, start, step } from "../support/samples.ts";

type Encode = (record: never, run_id: string) => string;
interface Kind {
  name: string;
  kind: RecordKind<never>;
  good: Record<string, unknown>;
  encode: Encode;
  schema: v.GenericSchema;
}

const KINDS: Kind[] = [
  {
    name: "encode() of an instance",
    kind: INSTANCE as unknown as RecordKind<never>,
    good: { ...instance },
    encode: (record, run_id) =>
      encode(INSTANCE, record, "caller", run_id, undefined).line,
    schema: InstanceRecordSchema,
  },
  {
    name: "encode() of a step",
    kind: STEP as unknown as RecordKind<never>,
    good: { ...step },
    encode: (record, run_id) =>
      encode(STEP, record, "caller", run_id, undefined).line,
    schema: StepRecordSchema,
  },
  {
    name: "encode() of an assertion",
    kind: ASSERTION as unknown as RecordKind<never>,
    good: { ...assertion },
    encode: (record, run_id) =>
      encode(ASSERTION, record, "caller", run_id, undefined).line,
    schema: AssertionRecordSchema,
  },
];

const encodeStep = (record: typeof step, run_id: string) =>
  encode(STEP, record, "caller", run_id, undefined);

const cycle: Record<string, unknown> = { name: "loop" };
cycle.self = { again: [cycle] };

/** Values that some field takes and others do not. */
const VALUES: unknown[] = [
  undefined,
  null,
  true,
  0,
  1,
  -1,
  1.5,
  2 ** 60,
  NaN,
  Infinity,
  10n,
  "",
  "text",
  "../x",
  "2024-01-15T10:30:00.000Z",
  "2024-01-15",
  "2024-13-15T10:30:00.000Z",
  [],
  [""],
  ["text"],
  [undefined],
  [NaN],
  {},
  { a: 1 },
  { a: undefined },
  { a: { b: [1n] } },
  { ok: "yes" },
  { ok: null },
  { status_code: "200" },
  { latency_ms: -1 },
  { latency_ms: null },
  { headers: "none" },
  { headers: [] },
  { errors: {} },
  { body: () => {} },
  { when: new Date(0) },
  { map: new Map() },
  cycle,
  new Date(0),
  new Map(),
  () => {},
  Symbol("s"),
];

/** What is not JSON is kept as `$type`, in the fields that hold anything. */
function asWritten(
  kind: RecordKind<never>,
  field: string,
  value: unknown,
): unknown {
  const isObject = typeof value === "object" && value !== null &&
    !Array.isArray(value);
  const { objectFields, valueFields }: {
    objectFields: readonly string[];
    valueFields: readonly string[];
  } = kind;
  return isObject && objectFields.includes(field) ||
      value !== undefined && valueFields.includes(field)
    ? toJsonValue(value, field)
    : value;
}

for (const { name, kind, good, encode, schema } of KINDS) {
  test(`${name} puts the fields in the order of the format`, () => {
    const line = encode(good as never, "run_1");
    assert.equal(line, JSON.stringify(good) + "\n");
    const reversed = Object.fromEntries(Object.entries(good).reverse());
    assert.equal(encode(reversed as never, "run_1"), line);
  });

  test(`${name} accepts a record exactly when its schema does`, () => {
    const tried = { good: 0, bad: 0 };
    for (const field of [...Object.keys(good), "unknown_field"]) {
      for (const value of VALUES) {
        const record = { ...good, [field]: value };
        const written = { ...record, [field]: asWritten(kind, field, value) };
        if (field === "unknown_field" && value === undefined) continue;
        const ofSchema = v.safeParse(schema, written).success &&
          (field !== "run_id" || value === "run_1");
        let ofCheck = true;
        try {
          const line = encode(record as never, "run_1");
          assert.deepEqual(
            JSON.parse(line),
            JSON.parse(JSON.stringify(written)),
          );
        } catch (error) {
          ofCheck = false;
          const { code, path, message } = error as Record<string, string>;
          assert.equal(code, "INVALID_RECORD", message!);
          assert.ok(path!.startsWith(field), `"${path}" is not in "${field}"`);
          assert.ok(message!.includes(`"${path}"`));
        }
        const shown = `${field}: ${typeof value} ${
          typeof value === "object" && value !== cycle && field.length
            ? String(value)
            : ""
        }`;
        assert.equal(ofCheck, ofSchema, shown);
        tried[ofSchema ? "good" : "bad"]++;
      }
      const { [field]: _, ...without } = good;
      if (field === "unknown_field") continue;
      assert.throws(() => encode(without as never, "run_1"), {
        code: "INVALID_RECORD",
        path: field,
        message: /is missing/,
      });
    }
    assert.ok(tried.good > 20 && tried.bad > 100, JSON.stringify(tried));
  });

  test(`${name} takes a record whose fields are getters of a class`, () => {
    class Row {}
    for (const [field, value] of Object.entries(good)) {
      Object.defineProperty(Row.prototype, field, { get: () => value });
    }
    const row = new Row();
    assert(v.safeParse(schema, row).success);
    assert.equal(encode(row as never, "run_1"), JSON.stringify(good) + "\n");
  });

  test(`${name} refuses a record of another run`, () => {
    assert.throws(() => encode(good as never, "run_2"), {
      code: "INVALID_RECORD",
      path: "run_id",
      message: /must be this run's, "run_2", not "run_1"/,
    });
  });

  test(`${name} refuses what is not an object`, () => {
    for (const value of [undefined, null, 1, "text"]) {
      assert.throws(() => encode(value as never, "run_1"), {
        code: "INVALID_RECORD",
      });
    }
  });
}

test("encode() keeps what JSON cannot hold, and the place that a cycle leads to", () => {
  const written = (body: unknown) =>
    JSON.parse(
      encodeStep({ ...step, observation: { body } as never }, "run_1").line,
    ).observation.body;
  assert.deepEqual(written({ items: [1, { price: 5n }] }), {
    items: [1, { price: { $type: "bigint", value: "5" } }],
  });
  assert.deepEqual(written(cycle), {
    name: "loop",
    self: { again: [{ $type: "cycle", value: "observation.body" }] },
  });
});

test("encode() names run, instance, step and field of what it refuses", () => {
  const observation = { latency_ms: -1 };
  assert.throws(() => encodeStep({ ...step, observation }, "run_1"), {
    code: "INVALID_RECORD",
    path: "observation.latency_ms",
    message:
      'Cannot append the step "add_to_cart" (step 0 of "inst_001" in run "run_1"): "observation.latency_ms" must be 0 or more, not -1',
  });
});

test("encode() keeps one line for any text", () => {
  const body = 'quote " back \\ line \n return \r null \0 \u2028 \ud800 🛒';
  const { line } = encodeStep({ ...step, observation: { body } }, "run_1");
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.equal(JSON.parse(line).observation.body, body);
});

test("a kind has the fields of its schema, in their order", () => {
  const samples = [
    [INSTANCE, instance],
    [STEP, { ...step, request: 1, response: 2 }],
    [ASSERTION, assertion],
    [START, start],
  ];
  for (const [kind, sample] of samples) {
    const { name, order, schema, fieldCount, ...lists } = kind as RecordKind<
      typeof step
    >;
    const { entries } = schema as unknown as { entries: object };
    const fields = Object.keys(entries);
    assert.deepEqual(Object.keys(order(sample as typeof step)), fields, name);
    const { optionalFields } = lists;
    assert.equal(fieldCount + optionalFields.length, fields.length, name);
    assert.deepEqual(fields.slice(fieldCount), optionalFields, name);
    const { objectFields, valueFields, textFields } = lists;
    for (const field of [...objectFields, ...valueFields, ...textFields]) {
      assert.ok(fields.includes(field), `${name}: ${field}`);
    }
  }
});
