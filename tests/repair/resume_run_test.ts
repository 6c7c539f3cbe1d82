import assert from "node:assert/strict";
import { appendFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  fingerprintRun,
  type InstanceInput,
  openRun,
  recoverRun,
  resumeRun,
  type RunWriter,
} from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const STEPS = ["cart", "pay", "ship"];

async function record(
  run: RunWriter,
  input: InstanceInput,
  steps = STEPS.length,
): Promise<void> {
  const one = run.startInstance(input);
  for (const step_name of STEPS.slice(0, steps)) {
    await one.step({
      step_name,
      step_type: "http",
      observation: { latency_ms: 10 },
      request: { step_name, attempt: one.correlation_id },
    });
    await one.assertion({ assertion_name: "fine", passed: true });
  }
  if (steps === STEPS.length) await one.complete();
}

/** Instances 1 to 3 completed, 4 began, 5 began and recorded nothing, 6 began. */
async function interruptedRun(dir: string): Promise<string> {
  const run = await aRun(dir, { seed: 42 });
  const scenario_id = "checkout";
  for (let i = 0; i < 3; i++) await record(run, { scenario_id });
  await record(run, { scenario_id }, 2);
  run.startInstance({ scenario_id });
  await record(run, { scenario_id }, 1);
  await run.finalize();
  // As a crash leaves it.
  await rm(join(run.path, "summary.json"));
  await appendFile(join(run.path, "steps.jsonl"), '{"instance_id":"inst_005"');
  return run.path;
}

test("resumeRun() goes on where the run was interrupted", () =>
  withTempDir(async (dir) => {
    const path = await interruptedRun(dir);
    const before = await openRun(path);
    const run = await resumeRun(path);
    assert.deepEqual(run.manifest, before.manifest);
    assert.deepEqual([...run.resumed!.completed], [
      "inst_001",
      "inst_002",
      "inst_003",
    ]);
    assert.deepEqual(
      run.resumed!.instancesInFlight.map(({ instance_id }) => instance_id),
      ["inst_004", "inst_005", "inst_006"],
    );
    assert.equal(run.stats.total_steps, 12);
    assert.equal((await openRun(path)).state, "running");
    for (let number = 1; number <= 8; number++) {
      const instance_id = `inst_00${number}`;
      if (run.resumed!.completed.has(instance_id)) continue;
      await record(run, {
        scenario_id: "checkout",
        ...(number <= 6 ? { instance_id } : {}),
      });
    }
    const summary = await run.finalize();
    assert.equal(summary.status, "completed");
    assert.equal(summary.total_instances, 8);
    assert.equal(summary.total_steps, 12 + 5 * 3);
    const past = await openRun(path);
    assert.deepEqual(past.tornTails, []);
    const ids = (await Array.fromAsync(past.instances())).map(
      ({ instance_id }) => instance_id,
    );
    assert.deepEqual(ids, [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `inst_00${n}`));
  }));

test("instance() never mixes an abandoned attempt into the second one", () =>
  withTempDir(async (dir) => {
    const path = await interruptedRun(dir);
    const first = await (await openRun(path)).instance("inst_004");
    assert.equal(first.instance, null);
    const none = { steps: [], assertions: [], artifacts: [] };
    assert.deepEqual(first.abandoned, none);
    assert.equal(first.artifacts.length, 2);
    const run = await resumeRun(path);
    // Its files were moved aside, and it is not attempted again yet.
    const moved = await (await openRun(path)).instance("inst_004");
    assert.deepEqual(moved.abandoned, none);
    assert.equal(moved.artifacts[0]!.path, first.steps[0]!.artifacts[0]);
    assert.equal(
      (await moved.artifacts[0]!.json() as { attempt: string }).attempt,
      first.steps[0]!.correlation_id,
    );
    await record(run, { scenario_id: "checkout", instance_id: "inst_004" });
    await run.finalize();
    const trace = await (await openRun(path)).instance("inst_004");
    assert.deepEqual(
      trace.steps.map(({ step_name, step_index }) => [step_index, step_name]),
      [[0, "cart"], [1, "pay"], [2, "ship"]],
    );
    assert.deepEqual(trace.abandoned.steps, first.steps);
    assert.deepEqual(trace.abandoned.assertions, first.assertions);
    const ids = new Set(trace.steps.map((step) => step.correlation_id));
    assert.deepEqual([...ids], [trace.instance!.correlation_id]);
    assert.notEqual(first.steps[0]!.correlation_id, [...ids][0]);
    const request = await trace.artifacts[0]!.json() as { attempt: string };
    assert.equal(request.attempt, [...ids][0]);
    const [kept, ...more] = trace.abandoned.artifacts;
    assert.equal(kept!.path, first.steps[0]!.artifacts[0]);
    assert.equal(
      (await kept!.json() as { attempt: string }).attempt,
      first.steps[0]!.correlation_id,
    );
    assert.deepEqual(
      await readdir(join(path, "artifacts", "inst_004~1")),
      [kept, ...more].map((file) => file!.name),
    );
  }));

test("the latest attempt is the one that counts, also where it has but an assertion", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { run_id: "resumed", seed: 1 });
    const first = run.startInstance({ scenario_id: "checkout" });
    await first.step({ step_name: "pay", step_type: "http" });
    await first.assertion({ assertion_name: "paid", passed: false });
    await run[Symbol.asyncDispose]();
    // Times are told to the millisecond.
    await new Promise((resolve) => setTimeout(resolve, 5));
    const again = await resumeRun(run.path);
    const { instance_id } = first;
    const second = again.startInstance({
      scenario_id: "checkout",
      instance_id,
    });
    await second.assertion({ assertion_name: "ready", passed: true });
    await again.finalize();
    const past = await openRun(run.path);
    const trace = await past.instance(instance_id);
    assert.deepEqual(trace.steps, []);
    assert.deepEqual(
      trace.assertions.map(({ assertion_name }) => assertion_name),
      ["ready"],
    );
    assert.equal(trace.abandoned.steps.length, 1);
    assert.equal(trace.abandoned.assertions.length, 1);

    const plain = await aRun(dir, { run_id: "plain", seed: 1 });
    await plain.startInstance({ scenario_id: "checkout" })
      .assertion({ assertion_name: "ready", passed: true });
    await plain.finalize();
    assert.equal(
      await fingerprintRun(past),
      await fingerprintRun(await openRun(plain.path)),
    );
  }));

test("resumeRun() goes on with a run that was recovered or disposed", () =>
  withTempDir(async (dir) => {
    const path = await interruptedRun(dir);
    await recoverRun(path);
    for (let round = 0; round < 3; round++) {
      const run = await resumeRun(path);
      assert.equal((await readdir(path)).includes("summary.json"), false);
      await record(run, { scenario_id: "checkout" });
      await run[Symbol.asyncDispose]();
    }
    const past = await openRun(path);
    assert.equal(past.state, "interrupted");
    assert.equal(past.summary!.total_instances, 6);
    const last = (await Array.fromAsync(past.instances())).at(-1);
    assert.equal(last!.instance_id, "inst_009");
  }));

test("resumeRun() refuses a run that is completed or being written", () =>
  withTempDir(async (dir) => {
    const live = await aRun(dir, { run_id: "live" });
    await assert.rejects(resumeRun(live.path), { code: "RUN_LOCKED" });
    await live.finalize();
    await assert.rejects(resumeRun(live.path), { code: "RUN_CLOSED" });
    assert.equal((await openRun(live.path)).state, "completed");
    const path = await interruptedRun(dir);
    const run = await resumeRun(path);
    await assert.rejects(resumeRun(path), { code: "RUN_LOCKED" });
    await run.finalize();
    await assert.rejects(resumeRun(join(dir, "none")), {
      code: "RUN_NOT_FOUND",
    });
  }));

test("startInstance() starts again only what was interrupted, and once", () =>
  withTempDir(async (dir) => {
    const path = await interruptedRun(dir);
    const run = await resumeRun(path);
    const start = (instance_id: string) => () =>
      run.startInstance({ scenario_id: "checkout", instance_id });
    start("inst_006")();
    for (const id of ["inst_001", "inst_006", "INST_001", "inst_004~1"]) {
      assert.throws(start(id), { code: "INVALID_RECORD", path: "instance_id" });
    }
    assert.throws(start("../x"), { code: "INVALID_RECORD" });
    await run.finalize();
    const fresh = await aRun(dir, { run_id: "fresh" });
    const started = ["inst_001", "own", undefined, "inst_004", undefined]
      .map((instance_id) =>
        fresh.startInstance({
          scenario_id: "s",
          ...(instance_id === undefined ? {} : { instance_id }),
        }).instance_id
      );
    // What is counted takes the next number that is free.
    assert.deepEqual(started, [
      "inst_001",
      "own",
      "inst_002",
      "inst_004",
      "inst_003",
    ]);
    assert.equal(
      fresh.startInstance({ scenario_id: "s" }).instance_id,
      "inst_005",
    );
    await fresh.finalize();
  }));
