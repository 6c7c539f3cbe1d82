import assert from "node:assert/strict";
import { test } from "node:test";
import { analyzeRun, openRun } from "../../mod.ts";
import { aRun, recordInstance, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

test("analyzeRun() returns totals, latencies and causes as plain data", () =>
  withTempDir(async (dir) => {
    const failing = (scenario_id: string, latency_ms: number) => ({
      scenario_id,
      steps: [{ observation: { status_code: 502, latency_ms } }],
      assertions: [{
        passed: false,
        step_index: 0,
        expected: 201,
        actual: 502,
      }],
    });
    const path = await recordRun(dir, [
      { steps: [{ observation: { status_code: 201 } }] },
      failing("checkout", 40),
      failing("refund", 5),
    ]);
    const run = await openRun(path);
    let records = 0;
    const analysis = await analyzeRun(run, { onRecord: () => records++ });
    const { totals, latencies, failures, inFlight } = analysis;
    assert.deepEqual(structuredClone(analysis), analysis);
    assert.equal(records, 3 + 3 + 2);
    assert.deepEqual(totals.scenarios, run.summary!.scenarios);
    assert.deepEqual(
      [latencies.count, latencies.leastMs, latencies.greatestMs],
      [2, 5, 40],
    );
    const counts = latencies.histogram.map(({ count }) => count);
    assert.deepEqual([counts.at(0), counts.at(-1)], [1, 1]);
    assert.deepEqual(failures.causes, [{
      count: 2,
      step_name: "pay",
      status_code: 502,
      assertion_name: "paid",
      reason: "expected 201, got 502",
      scenarios: ["checkout", "refund"],
      examples: ["inst_002", "inst_003"],
    }]);
    assert.equal(failures.total, 2);
    assert.deepEqual(inFlight, { total: 0, instances: [] });
  }));

test("analyzeRun() lists what is in flight, with and without a step", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    try {
      await recordInstance(run);
      await recordInstance(run, {
        scenario_id: "refund",
        steps: [{ step_name: "first" }, { step_name: "second" }],
        completion: false,
      });
      for (let i = 0; i < 30; i++) {
        await recordInstance(run, { completion: false });
      }
      // A step that is acknowledged after the starts: they are on the disk now.
      await recordInstance(run, { steps: [{}], completion: false });
      const { totals, inFlight } = await analyzeRun(await openRun(run.path));
      assert.equal(totals.total_instances, 1);
      assert.equal(inFlight.total, 32);
      assert.equal(inFlight.instances.length, 20);
      const [first, second] = inFlight.instances;
      assert.equal(first!.instance_id, "inst_002");
      assert.equal(first!.start!.scenario_id, "refund");
      assert.equal(first!.lastStep!.step_name, "second");
      assert.equal(second!.instance_id, "inst_003");
      assert.equal(second!.lastStep, null);
    } finally {
      await run[Symbol.asyncDispose]();
    }
  }));

test("analyzeRun() explains nothing where nothing was recorded", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, []);
    const analysis = await analyzeRun(await openRun(path));
    assert.deepEqual(analysis.latencies, {
      count: 0,
      leastMs: null,
      greatestMs: null,
      histogram: [],
    });
    assert.deepEqual(analysis.failures, {
      total: 0,
      causes: [],
      instances: [],
    });
  }));

test("analyzeRun() rejects unknown and wrong options", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, []));
    for (const options of [{ onRecrod: () => {} }, { onRecord: 1 }]) {
      const [path] = Object.keys(options);
      await assert.rejects(
        analyzeRun(run, options as object),
        { code: "INVALID_OPTION", path },
      );
    }
  }));
