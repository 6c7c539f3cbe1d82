import assert from "node:assert/strict";
import { test } from "node:test";
import type { Manifest } from "../../mod.ts";
import { Tally } from "../../src/format/tally.ts";
import { assertion, instance, step } from "../support/samples.ts";

const NONE = {
  total_instances: 0,
  pass_count: 0,
  fail_count: 0,
  error_count: 0,
};

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
  tally.addInstance(instance);
  tally.addInstance({ ...instance, passed: null, error: "broke" });
  tally.addInstance({ ...instance, passed: false, scenario_id: "refund" });
  tally.addInstance({ ...instance, scenario_id: "__proto__" });
  const totals = tally.totals();
  assert.equal(totals.total_instances, 4);
  assert.equal(totals.pass_count, 2);
  assert.equal(totals.fail_count, 1);
  assert.equal(totals.error_count, 1);
  assert.equal(totals.pass_rate, 50);
  assert.deepEqual(Object.entries(totals.scenarios), [
    ["__proto__", { ...NONE, total_instances: 1, pass_count: 1 }],
    ["checkout", {
      total_instances: 2,
      pass_count: 1,
      fail_count: 0,
      error_count: 1,
    }],
    ["refund", { ...NONE, total_instances: 1, fail_count: 1 }],
  ]);
});

test("totals() counts each step, and the latency of those that have one", () => {
  const tally = new Tally([]);
  tally.addStep(step);
  tally.addStep({ observation: {} });
  tally.addStep({ observation: { latency_ms: null } });
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

test("summary() takes no negative duration from a clock that was set back", () => {
  const manifest = {
    run_id: "run_1",
    timestamp: "2024-01-15T10:30:00.000Z",
  } as Manifest;
  const durations = ["2024-01-15T10:30:02.500Z", "2024-01-15T10:29:59.000Z"]
    .map((end) =>
      new Tally([]).summary(manifest, "completed", end).duration_ms
    );
  assert.deepEqual(durations, [2500, 0]);
});
