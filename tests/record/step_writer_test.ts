import assert from "node:assert/strict";
import { test } from "node:test";
import { fingerprintRun, openRun } from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const START = { step_name: "pay", step_type: "http" };

test("startStep() sets the number, the span and the start of a step", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    const first = one.startStep({
      ...START,
      timestamp: "2024-01-15T10:30:00.000Z",
    });
    const second = one.startStep(START);
    assert.deepEqual([first.step_index, second.step_index], [0, 1]);
    assert.equal(
      first.headers().traceparent,
      `00-${one.correlation_id}-${first.span_id}-01`,
    );
    assert.notEqual(first.span_id, second.span_id);
    await second.end({ observation: { ok: true, body: "second" } });
    await first.assertion({ assertion_name: "early", passed: true });
    await first.end({ request: { n: 1 }, observation: { ok: false } });
    await one.complete();
    await run.finalize();
    const { steps, assertions, instance } = await (await openRun(run.path))
      .instance(one.instance_id);
    assert.equal(steps[0]!.timestamp, "2024-01-15T10:30:00.000Z");
    assert.equal(steps[0]!.span_id, first.span_id);
    assert.deepEqual(steps[0]!.artifacts, [
      "artifacts/inst_001/step_001_request.json",
    ]);
    assert.equal(steps[1]!.observation.body, "second");
    assert.equal(assertions[0]!.step_index, 0);
    assert.equal(instance!.passed, true);
  }));

test("step() resolves to its step, and starts it when it began", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    const step = await one.step({
      ...START,
      observation: { latency_ms: 5000 },
    });
    assert.equal(step.step_index, 0);
    assert(Date.now() - Date.parse(step.timestamp) >= 5000);
    const equal = step.assertEquals("body", { a: [1n] }, { a: [1n] });
    const unequal = step.assertEquals("body", new Map([[1, 2]]), new Map());
    assert.deepEqual([equal, unequal], [true, false]);
    await one.complete();
    await run.finalize();
    const { assertions } = await (await openRun(run.path)).instance("inst_001");
    assert.deepEqual(assertions.map(({ step_index }) => step_index), [0, 0]);
    assert.deepEqual(assertions[1]!.actual, { $type: "Map", value: [[1, 2]] });
  }));

test("complete() records a step that did not end, and it ends no more", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    const open = one.startStep(START);
    await one.complete();
    await assert.rejects(open.end(), { code: "INSTANCE_CLOSED" });
    const two = run.startInstance({ scenario_id: "s" });
    const ended = two.startStep(START);
    await ended.end();
    await assert.rejects(ended.end(), { code: "STEP_CLOSED" });
    await two.complete();
    await run.finalize();
    const { steps, instance } = await (await openRun(run.path)).instance(
      one.instance_id,
    );
    assert.deepEqual(steps[0]!.observation, {
      ok: false,
      errors: [{ message: "The step did not end" }],
    });
    assert.equal(instance!.passed, false);
  }));

test("complete() is refused where the queue has no room for a step that did not end", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { limits: { queueBytesMax: 1 } });
    const one = run.startInstance({ scenario_id: "s" });
    await one.step(START);
    one.startStep(START);
    const other = run.startInstance({ scenario_id: "s" });
    const before = other.step(START); // Is all that may wait.
    await assert.rejects(one.complete(), { code: "QUEUE_FULL" });
    await before;
    await one.complete();
    const { total_steps, fail_count } = await run.finalize();
    assert.deepEqual([total_steps, fail_count], [3, 1]);
  }));

test("end() may be called again after a refusal", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    const step = one.startStep(START);
    const refused = step.end({ observation: { status_code: "200" as never } });
    await assert.rejects(refused, {
      code: "INVALID_RECORD",
      path: "observation.status_code",
      message: /"pay" \(step 0 of "inst_001" in run "run_1"\)/,
    });
    await step.end({ observation: { status_code: 200 } });
    await one.complete();
    await run.finalize();
    assert.equal(run.stats.total_steps, 1);
  }));

for (
  const [name, input, path] of [
    ["an unknown field", { ...START, observation: {} }, "observation"],
    ["no name", { step_type: "http" }, "step_name"],
    ["an empty type", { ...START, step_type: "" }, "step_type"],
  ] as const
) {
  test(`startStep() refuses ${name}, and takes no number`, () =>
    withTempDir(async (dir) => {
      const run = await aRun(dir);
      const one = run.startInstance({ scenario_id: "s" });
      assert.throws(() => one.startStep(input as never), {
        code: "INVALID_RECORD",
        path,
      });
      assert.equal(one.startStep(START).step_index, 0);
      await run.finalize();
    }));
}

test("steps side by side have one fingerprint, in whatever order they end", () =>
  withTempDir(async (dir) => {
    const fingerprints = new Set<string>();
    for (const order of [[0, 1, 2], [2, 0, 1], [1, 2, 0]]) {
      const run = await aRun(dir, { run_id: `run_${order.join("")}` });
      const one = run.startInstance({ scenario_id: "s" });
      const steps = ["a", "b", "c"].map((step_name) =>
        one.startStep({ ...START, step_name })
      );
      for (const index of order) {
        const step = steps[index]!;
        step.assert("is there", true);
        await step.end({
          observation: { body: step.step_name },
          request: index,
        });
      }
      await one.complete();
      await run.finalize();
      fingerprints.add(await fingerprintRun(await openRun(run.path)));
    }
    assert.equal(fingerprints.size, 1);
  }));
