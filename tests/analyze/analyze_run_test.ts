import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { countsOfScenarios } from "../../src/format/tally.ts";
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
    assert.deepEqual(totals.scenarios, countsOfScenarios(run.summary!));
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

/** 60 instances with two steps and an assertion: 6 fail, 1 in error, 2 retries. */
async function manyInstances(dir: string): Promise<string> {
  const run = await aRun(dir);
  const retried: string[] = [];
  for (let i = 0; i < 60; i++) {
    const one = run.startInstance({
      scenario_id: i % 2 ? "checkout" : "refund",
      entry_data: { passed: false, note: '"error":{' },
      retry_of: i === 25 || i === 50 ? retried.pop()! : null,
    });
    const isFailing = i % 12 === 11;
    for (const latency_ms of [i, 2 * i]) {
      await one.step({
        step_name: "pay",
        step_type: "http",
        observation: { status_code: isFailing ? 502 : 201, latency_ms },
      });
    }
    await one.assertion({ assertion_name: "paid", passed: !isFailing });
    await one.complete(i === 40 ? { error: new Error("é") } : {});
    if (isFailing) retried.push(one.instance_id);
  }
  await run.finalize();
  return run.path;
}

test("analyzeRun() of failed records alone finds what reading all finds", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await manyInstances(dir));
    const all = await analyzeRun(run);
    let records = 0;
    const onRecord = () => records++;
    const some = await analyzeRun(run, { records: "failed", onRecord });
    assert.deepEqual([all.recordsRead, some.recordsRead], ["all", "failed"]);
    const { total, instances, retried, causes } = all.failures;
    assert.deepEqual([total, instances.length, retried.length], [4, 4, 2]);
    assert.equal(causes.reduce((sum, { count }) => sum + count, 0), 4);
    const { fail_count } = all.totals;
    assert.equal(total, fail_count);
    // The steps and the assertion of each failed instance, and every instance's
    // line, since each has a text in it that looks like a failure.
    assert.equal(records, 60 + 6 * 3);
    assert.deepEqual(some.failures, all.failures);
    assert.deepEqual(some.totals, all.totals);
    assert.equal(some.instancesRetried, 2);
    assert.equal(some.instancesRetried, all.instancesRetried);
    assert.deepEqual(some.latencies.histogram, all.latencies.histogram);
    assert.equal(some.latencies.count, all.latencies.count);
    const [least, greatest] = [
      all.latencies.leastMs!,
      all.latencies.greatestMs!,
    ];
    assert.equal(some.latencies.leastMs, least);
    assert.ok(Math.abs(some.latencies.greatestMs! / greatest - 1) < 0.01);
  }));

test("analyzeRun() passes over the lines of instances that passed", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [
      { steps: [{}, {}] },
      { steps: [{}, {}], assertions: [{ passed: false }] },
      { steps: [{}, {}] },
    ]);
    let records = 0;
    const onRecord = () => records++;
    const run = await openRun(path);
    const { failures } = await analyzeRun(run, { records: "failed", onRecord });
    assert.equal(failures.total, 1);
    assert.equal(records, 4);
  }));

test("analyzeRun() reads all records where the summary is not to be believed", () =>
  withTempDir(async (dir) => {
    const path = await manyInstances(dir);
    const file = join(path, "summary.json");
    const good = await readFile(file, "utf8");
    const summary = JSON.parse(good);
    const edits: ((edited: typeof summary) => void)[] = [
      (edited) => edited.fail_count--,
      (edited) => edited.total_steps++,
      (edited) => edited.error_count++,
      (edited) => edited.flaky_count++,
      (edited) => (edited.pass_count++, edited.total_instances++),
      (edited) => edited.incomplete_count++,
      (edited) => edited.status = "interrupted",
      (edited) => edited.files["steps.jsonl"].bytes++,
    ];
    for (const edit of edits) {
      const edited = structuredClone(summary);
      edit(edited);
      await writeFile(file, JSON.stringify(edited));
      const run = await openRun(path);
      const analysis = await analyzeRun(run, { records: "failed" });
      assert.equal(analysis.recordsRead, "all", String(edit));
      assert.equal(analysis.totals.fail_count, summary.fail_count);
    }
    await writeFile(file, good);
    const instances = join(path, "instances.jsonl");
    const lines = await readFile(instances, "utf8");
    // A failure that is written another way, at the same length.
    await writeFile(
      instances,
      lines.replace('"passed":false,"entry', '"passed": null,"entry'),
    );
    const run = await openRun(path);
    const analysis = await analyzeRun(run, { records: "failed" });
    assert.equal(analysis.recordsRead, "all");
    assert.equal(analysis.totals.fail_count, summary.fail_count - 1);
    // A failed instance has a bad step: the steps of others are passed over.
    await writeFile(instances, lines);
    const steps = join(path, "steps.jsonl");
    const goodSteps = await readFile(steps, "utf8");
    const bad = (instance_id: string) =>
      goodSteps.replace(
        `{"instance_id":"${instance_id}","run_id"`,
        `{"instance_id":"${instance_id}",!run_id"`,
      );
    await writeFile(steps, bad("inst_001"));
    const passedOver = await analyzeRun(await openRun(path), {
      records: "failed",
    });
    assert.equal(passedOver.recordsRead, "failed");
    await writeFile(steps, bad("inst_012"));
    await assert.rejects(
      analyzeRun(await openRun(path), { records: "failed" }),
      { code: "CORRUPT_LINE" },
    );
    const damage: unknown[] = [];
    const damaged = await openRun(path, {
      onDamage: (error) => damage.push(error.code),
    });
    const told = await analyzeRun(damaged, { records: "failed" });
    assert.equal(told.recordsRead, "all");
    assert.deepEqual(damage, ["CORRUPT_LINE"]);
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
      retried: [],
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

test("analyzeRun() counts no failure of an instance that was tried again, in whatever order", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const first = run.startInstance({ scenario_id: "pay" });
    const second = run.startInstance({
      scenario_id: "pay",
      retry_of: first.instance_id,
    });
    const third = run.startInstance({
      scenario_id: "pay",
      retry_of: first.instance_id,
    });
    await second.complete({ passed: false });
    await first.complete({ passed: false });
    await third.complete({ passed: true });
    await run.finalize();
    const { failures, totals } = await analyzeRun(await openRun(run.path));
    const ids = (of: { instance_id: string }[]) =>
      of.map((it) => it.instance_id);
    assert.equal(failures.total, totals.fail_count);
    assert.deepEqual(ids(failures.instances), [second.instance_id]);
    assert.deepEqual(ids(failures.retried), [first.instance_id]);
  }));
