import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest, RunSeal } from "../../mod.ts";
import { Tally } from "../../src/format/tally.ts";
import { LatencySketch } from "../../src/format/latency_sketch.ts";
import { assertion, instance, step } from "../support/samples.ts";

const NONE = {
  total_instances: 0,
  pass_count: 0,
  fail_count: 0,
  skip_count: 0,
  error_count: 0,
  flaky_count: 0,
};

const FILE = { bytes: 0, lines: 0, sha256: "0".repeat(64) };
const SEAL: RunSeal = {
  "manifest.json": FILE,
  "instances.jsonl": FILE,
  "steps.jsonl": FILE,
  "assertions.jsonl": FILE,
  "started.jsonl": null,
  artifacts: { files: 0, bytes: 0, sha256: "0".repeat(64) },
};

/** The summary of what was counted. */
function summaryOf(tally: Tally) {
  const run = { run_id: "run_1", timestamp: "2024-01-15T10:30:00.000Z" };
  return tally.summary(run, "completed", run.timestamp, 0, SEAL);
}

test("totals() has no rate and no latency where nothing was recorded", () => {
  const totals = new Tally(["refund", "checkout"]).totals();
  assert.equal(totals.pass_rate, 0);
  assert.equal(totals.p99_latency_ms, null);
  assert.equal(
    JSON.stringify(totals.scenarios),
    `{"checkout":${JSON.stringify(NONE)},"refund":${JSON.stringify(NONE)}}`,
  );
});

test("totals() counts instances in all and by scenario, also one that was not planned", () => {
  const tally = new Tally(["checkout"]);
  const error = { name: "Error", message: "broke", stack: null, cause: null };
  const one = (number: number) => ({
    ...instance,
    instance_id: `inst_00${number}`,
  });
  tally.addInstance(one(1));
  tally.addInstance({ ...one(2), passed: null, error });
  tally.addInstance({ ...one(3), passed: false, scenario_id: "refund" });
  tally.addInstance({ ...one(4), scenario_id: "__proto__" });
  const totals = tally.totals();
  assert.equal(totals.total_instances, 4);
  assert.equal(totals.pass_count, 2);
  assert.equal(totals.fail_count, 1);
  assert.equal(totals.error_count, 1);
  assert.equal(totals.skip_count, 1);
  // Of those with a verdict.
  assert.equal(totals.pass_rate, 200 / 3);
  assert.deepEqual(Object.entries(totals.scenarios), [
    ["__proto__", { ...NONE, total_instances: 1, pass_count: 1 }],
    ["checkout", {
      total_instances: 2,
      pass_count: 1,
      fail_count: 0,
      skip_count: 1,
      error_count: 1,
      flaky_count: 0,
    }],
    ["refund", { ...NONE, total_instances: 1, fail_count: 1 }],
  ]);
});

test("totals() takes a retried instance out of the scenario that it was in", () => {
  const tally = new Tally([]);
  tally.addInstance({ ...instance, scenario_id: "checkout", passed: false });
  tally.addInstance({
    ...instance,
    instance_id: "again",
    retry_of: instance.instance_id,
    scenario_id: "refund",
    passed: true,
  });
  const { scenarios } = tally.totals();
  assert.deepEqual(scenarios.checkout, NONE);
  assert.deepEqual(scenarios.refund, {
    ...NONE,
    total_instances: 1,
    pass_count: 1,
    flaky_count: 1,
  });
});

/** Instance 1 failed; the others retry it, one after another. */
const ATTEMPTS = [
  { instance_id: "inst_001", retry_of: null, passed: false },
  { instance_id: "own", retry_of: "inst_001", passed: false },
  { instance_id: "inst_003", retry_of: "own", passed: true },
].map((attempt) => ({ ...instance, ...attempt }));

for (const order of [[0, 1, 2], [2, 1, 0], [1, 2, 0], [2, 0, 1]]) {
  test(`totals() counts the last attempt, recorded in order ${order}`, () => {
    const tally = new Tally([]);
    for (const index of order) tally.addInstance(ATTEMPTS[index]!);
    const { total_instances, pass_count, fail_count, flaky_count, pass_rate } =
      tally.totals();
    assert.deepEqual(
      { total_instances, pass_count, fail_count, flaky_count, pass_rate },
      {
        total_instances: 1,
        pass_count: 1,
        fail_count: 0,
        flaky_count: 1,
        pass_rate: 100,
      },
    );
    assert.deepEqual([...tally.completed], ["inst_001", "inst_003", "own"]);
  });
}

test("totals() has no more than a thousand scenarios, and the others together", () => {
  const tally = new Tally([]);
  for (let n = 0; n < 1010; n++) {
    tally.addInstance({
      ...instance,
      instance_id: `inst_${n + 1000}`,
      scenario_id: `scenario ${n}`,
    });
  }
  const { scenarios, total_instances } = tally.totals();
  assert.equal(Object.keys(scenarios).length, 1001);
  assert.equal(scenarios["(other)"]!.total_instances, 10);
  assert.equal(total_instances, 1010);
});

test("totals() counts each step, and the latency of those that have one", () => {
  const tally = new Tally([]);
  tally.addStep(step);
  tally.addStep({ ...step, observation: {} });
  tally.addStep({ ...step, observation: { latency_ms: null } });
  tally.addAssertion(assertion);
  tally.addAssertion({ passed: true });
  tally.addAssertion({ passed: true });
  const totals = tally.totals();
  assert.equal(totals.total_steps, 3);
  assert.ok(Math.abs(totals.p50_latency_ms! - 12.5) < 0.2);
  assert.equal(totals.total_assertions, 3);
  assert.equal(totals.assertions_passed, 2);
  assert.equal(totals.assertions_failed, 1);
});

for (const order of ["steps first", "instances first", "one by one"]) {
  test(`summary() has the latencies of each scenario, read ${order}`, () => {
    const tally = new Tally(["checkout"]);
    const instances = [
      { ...instance, instance_id: "inst_001", scenario_id: "checkout" },
      { ...instance, instance_id: "own", scenario_id: "refund" },
      {
        ...instance,
        instance_id: "inst_003",
        scenario_id: "refund",
        retry_of: "own",
      },
    ];
    const ids = ["inst_001", "own", "inst_003", "own", "never completed"];
    const steps = ids.map((instance_id, i) => ({
      instance_id,
      observation: { latency_ms: 10 ** i },
    }));
    const records = [
      ...steps.map((record) => () => tally.addStep(record)),
      ...instances.map((record) => () => tally.addInstance(record)),
    ];
    if (order === "instances first") records.reverse();
    if (order === "one by one") {
      const later = records.splice(1, 4);
      records.splice(2, 0, later[0]!, later[2]!);
      records.push(later[1]!, later[3]!);
    }
    for (const add of records) add();
    const { scenarios, latency_sketch } = summaryOf(tally);
    const sketch = (...values: number[]) => {
      const sketch = new LatencySketch();
      for (const value of values) sketch.add(value);
      return sketch.record();
    };
    assert.deepEqual(scenarios.checkout!.latency_sketch, sketch(1));
    assert.deepEqual(
      scenarios.refund!.latency_sketch,
      sketch(10, 100, 1000),
    );
    assert.deepEqual(latency_sketch, sketch(1, 10, 100, 1000, 10000));
    const { latency_sketch: _, ...counts } = scenarios.refund!;
    assert.deepEqual(tally.totals().scenarios.refund, counts);

    const merged = new Tally([]);
    for (const record of instances) merged.addInstance(record);
    merged.addTotals(summaryOf(tally));
    assert.deepEqual(summaryOf(merged).scenarios, scenarios);
  });
}

test("summary() takes no negative duration from a clock that was set back", () => {
  const manifest = {
    run_id: "run_1",
    timestamp: "2024-01-15T10:30:00.000Z",
  } as Manifest;
  const durations = ["2024-01-15T10:30:02.500Z", "2024-01-15T10:29:59.000Z"]
    .map((end) =>
      new Tally([]).summary(manifest, "completed", end, 0, SEAL).duration_ms
    );
  assert.deepEqual(durations, [2500, 0]);
});
