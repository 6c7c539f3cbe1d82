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
import { assertion, instance, step } from "../support/samples.ts";

type Encode = (record: never, run_id: string) => string;
interface Kind {
  name: string;
  good: Record<string, unknown>;
  encode: Encode;
  schema: v.GenericSchema;
}

const KINDS: Kind[] = [
  {
    name: "encode() of an instance",
    good: { ...instance },
    encode: (record, run_id) =>
      encode(INSTANCE, record, "caller", run_id, undefined).line,
    schema: InstanceRecordSchema,
  },
  {
    name: "encode() of a step",
    good: { ...step },
    encode: (record, run_id) =>
      encode(STEP, record, "caller", run_id, undefined).line,
    schema: StepRecordSchema,
  },
  {
    name: "encode() of an assertion",
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

for (const { name, good, encode, schema } of KINDS) {
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
        if (field === "unknown_field" && value === undefined) continue;
        const ofSchema = v.safeParse(schema, record).success &&
          (field !== "run_id" || value === "run_1");
        let ofCheck = true;
        try {
          const line = encode(record as never, "run_1");
          assert.deepEqual(
            JSON.parse(line),
            JSON.parse(JSON.stringify(record)),
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

  test(`${name} refuses what is no object`, () => {
    for (const value of [undefined, null, 1, "text"]) {
      assert.throws(() => encode(value as never, "run_1"), {
        code: "INVALID_RECORD",
      });
    }
  });
}

test("encode() names the place of a bad value by its path", () => {
  const bad = (body: unknown) => () =>
    encodeStep(
      { ...step, observation: { body } } as unknown as typeof step,
      "run_1",
    );
  assert.throws(bad({ items: [1, { price: 5n }] }), {
    path: "observation.body.items[1].price",
    message: /is a bigint, which JSON cannot hold/,
  });
  assert.throws(bad(cycle), {
    path: "observation.body.self.again[0]",
    message: /is a cycle/,
  });
  assert.throws(bad({ "a b": NaN }), {
    path: 'observation.body["a b"]',
    message: /is NaN/,
  });
  assert.throws(bad([new Headers()]), {
    path: "observation.body[0]",
    message: /is an object of class "Headers"/,
  });
});

test("encode() keeps one line for any text", () => {
  const body = 'quote " back \\ line \n return \r null \0 \u2028 \ud800 🛒';
  const { line } = encodeStep({ ...step, observation: { body } }, "run_1");
  assert.equal(line.indexOf("\n"), line.length - 1);
  assert.equal(JSON.parse(line).observation.body, body);
});

test("a kind has the fields of its schema, in their order", () => {
  const samples = [[INSTANCE, instance], [STEP, step], [ASSERTION, assertion]];
  for (const [kind, sample] of samples) {
    const { name, order, schema, fieldCount, jsonFields, textFields } =
      kind as RecordKind<typeof step>;
    const { entries } = schema as unknown as { entries: object };
    const fields = Object.keys(entries);
    assert.deepEqual(Object.keys(order(sample as typeof step)), fields, name);
    assert.equal(fieldCount, fields.length, name);
    for (const field of [...jsonFields, ...textFields]) {
      assert.ok(fields.includes(field), `${name}: ${field}`);
    }
  }
});
