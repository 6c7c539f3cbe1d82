import assert from "node:assert/strict";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  exportInstance,
  openRun,
  recoverRun,
  resumeRun,
  type RunWriter,
  verifyRun,
} from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Three instances, of which the first completes. */
async function begin(dir: string): Promise<RunWriter> {
  const run = await aRun(dir);
  for (const number of [1, 2, 3]) {
    const one = run.startInstance({
      scenario_id: "checkout",
      instance_key: `user-${number}`,
      entry_data: { number },
    });
    await one.step({ step_name: "pay", step_type: "http" });
    if (number === 1) await one.complete();
  }
  return run;
}

async function startsOf(path: string): Promise<unknown[]> {
  const run = await openRun(path);
  return (await Array.fromAsync(run.started())).map((
    { instance_id, instance_key, scenario_id, entry_data },
  ) => ({ instance_id, instance_key, scenario_id, entry_data }));
}

const OPEN = [2, 3].map((number) => ({
  instance_id: `inst_00${number}`,
  instance_key: `user-${number}`,
  scenario_id: "checkout",
  entry_data: { number },
}));

test("started() returns what did not complete, of a run that goes on and of one that ended", () =>
  withTempDir(async (dir) => {
    const run = await begin(dir);
    assert.deepEqual(await startsOf(run.path), OPEN);
    assert.equal((await run.finalize()).incomplete_count, 2);
    assert.deepEqual(await startsOf(run.path), OPEN);
    const text = await readFile(join(run.path, "started.jsonl"), "utf8");
    assert.equal(text.split("\n").length, 3);
    const { ok, problems } = await verifyRun(run.path);
    assert(ok, JSON.stringify(problems));
  }));

test("started() returns nothing of a run in which all completed", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await run.startInstance({ scenario_id: "s" }).complete();
    await run.finalize();
    assert(!(await readdir(run.path)).includes("started.jsonl"));
    assert.deepEqual(await startsOf(run.path), []);
  }));

test("resumeRun() names what was in flight, and goes on with it", () =>
  withTempDir(async (dir) => {
    const begun = await begin(dir);
    await begun[Symbol.asyncDispose]();
    const run = await resumeRun(begun.path);
    assert.deepEqual(run.resumed!.instancesInFlight, OPEN);
    for (const open of run.resumed!.instancesInFlight) {
      const { scenario_id, ...input } = open;
      const one = run.startInstance({ ...input, scenario_id: scenario_id! });
      await one.step({ step_name: "pay", step_type: "http" });
      await one.complete();
    }
    assert.equal(
      run.startInstance({ scenario_id: "checkout" }).instance_id,
      "inst_004",
    );
    const summary = await run.finalize();
    assert.equal(summary.incomplete_count, 1);
    assert.equal(summary.total_instances, 3);
  }));

test("recoverRun() keeps the starts of what never completed, and no others", () =>
  withTempDir(async (dir) => {
    const run = await begin(dir);
    await run[Symbol.asyncDispose]();
    await rm(join(run.path, "summary.json"));
    const { summary, instancesInFlight } = await recoverRun(run.path);
    assert.equal(summary.incomplete_count, 2);
    assert.deepEqual(instancesInFlight, OPEN);
    assert.deepEqual(await startsOf(run.path), OPEN);
  }));

test("instance() and exportInstance() give the start of what never completed", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s", entry_data: { a: 1 } });
    await run.finalize();
    const past = await openRun(run.path);
    const { start, instance, steps } = await past.instance(one.instance_id);
    assert.deepEqual(start!.entry_data, { a: 1 });
    assert.equal(start!.correlation_id, one.correlation_id);
    assert.deepEqual([instance, steps], [null, []]);
    const path = await exportInstance(past, one.instance_id, join(dir, "out"));
    const { ok, problems } = await verifyRun(path);
    assert(ok, JSON.stringify(problems));
    assert.equal((await startsOf(path)).length, 1);
  }));
