/** Any value at all is read back as it was. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type JsonValue, openRun, reviveValues, verifyRun } from "../../mod.ts";
import { fuzzParameters } from "../support/fuzz.ts";
import { toJsonValue } from "../../src/json/typed_value.ts";
import { whatIsKept } from "../support/kept_values.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Any UTF-16, half surrogate pairs and all. */
const text = fc.oneof(
  fc.string({ unit: "binary", maxLength: 30 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.string({
    unit: fc.constantFrom("\ud83d", "\ude00", "\u2028", "\0", "\n", '"', "\\"),
  }),
);
const name = fc.oneof(text.filter((value) => value !== ""), fc.constant("a"));
const key = fc.oneof(text, fc.constantFrom("__proto__", "constructor", "0"));

const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    text,
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(key, tie("value"), { maxKeys: 4, noNullPrototype: false }),
  ),
})).value;
const object = fc.dictionary(key, json, { maxKeys: 4 });

const step = fc.record({
  step_name: name,
  step_type: name,
  body: json,
  request: fc.option(json, { nil: undefined }),
  expected: json,
  message: text,
});

const instance = fc.record({
  scenario_id: name,
  entry_data: object,
  error: fc.option(text),
  steps: fc.array(step, { maxLength: 4 }),
});

/** How a value is written: -0 as `$type`, nothing undefined. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(toJsonValue(value)));
}

test("what was recorded is read back as it was", async () => {
  const property = fc.asyncProperty(
    fc.array(instance, { maxLength: 3 }),
    object,
    fc.boolean(),
    (instances, config, redact) =>
      withTempDir(async (dir) => {
        const run = await aRun(dir, { config, redact });
        const written = instances.map(({ steps, scenario_id, ...rest }) => {
          const { entry_data, error } = rest;
          const one = run.startInstance({ scenario_id, entry_data });
          const acknowledged = steps.flatMap((step) => [
            one.step({
              step_name: step.step_name,
              step_type: step.step_type,
              observation: { body: step.body },
              ...(step.request !== undefined && { request: step.request }),
            }),
            one.assertion({
              assertion_name: step.step_name,
              passed: true,
              expected: step.expected,
              message: step.message,
            }),
          ]);
          return Promise.all([...acknowledged, one.complete({ error })]);
        });
        await Promise.all(written);
        await run.finalize();

        const past = await openRun(run.path);
        assert.deepEqual(past.manifest.config, asJson(config));
        for (const [index, wanted] of instances.entries()) {
          const trace = await past.instance(
            `inst_${String(index + 1).padStart(3, "0")}`,
          );
          assert.deepEqual(
            trace.instance?.entry_data,
            asJson(wanted.entry_data),
          );
          assert.equal(trace.instance?.scenario_id, wanted.scenario_id);
          assert.equal(trace.instance?.error?.message ?? null, wanted.error);
          assert.equal(trace.steps.length, wanted.steps.length);
          for (const [i, step] of wanted.steps.entries()) {
            const read = trace.steps[i]!;
            assert.equal(read.step_name, step.step_name);
            assert.equal(read.step_type, step.step_type);
            assert.deepEqual(read.observation.body, asJson(step.body));
            const assertion = trace.assertions[i]!;
            assert.deepEqual(assertion.expected, asJson(step.expected));
            assert.equal(assertion.message, step.message);
            if (step.request === undefined) continue;
            const file = trace.artifacts.find((file) =>
              file.path === read.artifacts[0]
            );
            assert.deepEqual(await file?.json(), asJson(step.request));
          }
        }
        const { ok, problems } = await verifyRun(run.path);
        assert(ok, JSON.stringify(problems[0]));
      }),
  );
  await fc.assert(property, fuzzParameters(60));
});

test("whatever is given is read back as it was, by reviveValues()", async () => {
  const anything = fc.anything({
    maxDepth: 3,
    key,
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    withUnicodeString: true,
  } as fc.ObjectConstraints);
  const property = fc.asyncProperty(
    fc.array(fc.oneof(anything, json), { minLength: 1, maxLength: 12 }),
    (values) =>
      withTempDir(async (dir) => {
        const run = await aRun(dir);
        const one = run.startInstance({ scenario_id: "s" });
        for (const body of values) {
          await one.step({
            step_name: "a",
            step_type: "t",
            observation: { body },
          });
        }
        await one.complete();
        await run.finalize();
        const { steps } = await (await openRun(run.path))
          .instance(one.instance_id);
        assert.equal(steps.length, values.length);
        for (const [index, { observation }] of steps.entries()) {
          const value = values[index];
          if (value === undefined) {
            assert(!("body" in observation));
            continue;
          }
          const revived = reviveValues(observation.body);
          assert.deepEqual(revived, whatIsKept(value));
        }
      }),
  );
  await fc.assert(property, fuzzParameters(100));
});
