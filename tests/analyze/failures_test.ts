/** Why instances failed, and how failures are grouped by cause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CAUSES_MAX,
  FailureCollector,
  FAILURES_MAX,
} from "../../src/analyze/failures.ts";
import { assertion, instance, step } from "../support/samples.ts";

const FAILED = { ...instance, passed: false };

test("FailureCollector groups by step, assertion and status code, over scenarios, most frequent first", () => {
  const failures = new FailureCollector();
  const ids = ["inst_004", "inst_002", "inst_003", "inst_001"];
  for (const instance_id of ids) {
    const scenario_id = instance_id === "inst_003" ? "refund" : "checkout";
    failures.addInstance({ ...FAILED, instance_id, scenario_id });
  }
  for (const instance_id of ids) {
    const broken = { ...assertion, instance_id, step_index: 0 };
    failures.addAssertion({ ...broken, passed: true, message: "not this" });
    failures.addAssertion({ ...broken, message: `of ${instance_id}` });
    failures.addAssertion({ ...broken, assertion_name: "a later one" });
  }
  for (const instance_id of ids) {
    const observation = { status_code: instance_id === "inst_001" ? 402 : 502 };
    failures.addStep({ ...step, instance_id, observation });
    failures.addStep({ ...step, instance_id, step_index: 1, step_name: "x" });
  }
  assert.deepEqual(
    failures.failures().causes,
    [
      {
        count: 3,
        step_name: "add_to_cart",
        status_code: 502,
        assertion_name: "status_ok",
        reason: "of inst_002",
        scenarios: ["checkout", "refund"],
        examples: ["inst_002", "inst_003", "inst_004"],
      },
      {
        count: 1,
        step_name: "add_to_cart",
        status_code: 402,
        assertion_name: "status_ok",
        reason: "of inst_001",
        scenarios: ["checkout"],
        examples: ["inst_001"],
      },
    ],
  );
});

test("FailureCollector takes errors for the same that differ in ids, times and ports", () => {
  const failures = new FailureCollector();
  const errors = [
    "connect to 10.0.0.1:40123 failed, trace 0af7651916cd43dd8448eb211c80319c",
    "connect to 10.0.0.2:40999 failed, trace 4bf92f3577b34da6a3ce929d0e0e4736",
    "no connection",
  ];
  for (const [i, message] of errors.entries()) {
    const error = { name: "Error", message, stack: null, cause: null };
    const one = { ...FAILED, instance_id: `inst_00${i}`, error };
    failures.addInstance(one);
    // Where no assertion broke, it is the last step that tells.
    failures.addStep({ ...step, instance_id: one.instance_id });
    failures.addStep({
      ...step,
      instance_id: one.instance_id,
      step_index: 1,
      step_name: "pay",
      observation: { status_code: null },
    });
  }
  assert.deepEqual(
    failures.failures().causes.map((cause) => [
      cause.count,
      cause.step_name,
      cause.status_code,
      cause.reason,
    ]),
    [[2, "pay", null, errors[0]], [1, "pay", null, errors[2]]],
  );
});

test("FailureCollector looks at nothing that an interrupted attempt recorded", () => {
  const failures = new FailureCollector();
  const abandoned = { correlation_id: "another", step_index: 0 };
  failures.addInstance({
    ...FAILED,
    error: { name: "Error", message: "gave up", stack: null, cause: null },
  });
  failures.addAssertion({ ...assertion, ...abandoned });
  failures.addStep({ ...step, ...abandoned, step_name: "of before" });
  failures.addStep({ ...step, step_name: "of now" });
  const [failure] = failures.failures().instances;
  assert.equal(failure!.assertion_name, null);
  assert.equal(failure!.step_name, "of now");
  assert.equal(failure!.reason, "gave up");
});

test("FailureCollector blames the first step that was not ok where nothing else says why", () => {
  const failures = new FailureCollector();
  failures.addInstance(FAILED);
  const seen = [
    { ok: true },
    { ok: false, status_code: 503 },
    { ok: false, errors: [{ message: "refused" }] },
    { ok: true },
  ];
  for (const [step_index, observation] of seen.entries()) {
    const step_name = `step ${step_index}`;
    failures.addStep({ ...step, step_index, step_name, observation });
  }
  const [failure] = failures.failures().instances;
  assert.equal(failure!.step_name, "step 1");
  assert.equal(failure!.reason, "status 503, and no assertion judged it");
});

test("FailureCollector keeps a bounded number of them, and counts the rest", () => {
  const failures = new FailureCollector();
  for (let i = 0; i < FAILURES_MAX + 5; i++) {
    failures.addInstance({
      ...FAILED,
      instance_id: `inst_${i}`,
      error: { name: wordOf(i), message: "", stack: null, cause: null },
    });
  }
  const { total, instances, causes } = failures.failures();
  assert.equal(total, FAILURES_MAX + 5);
  assert.equal(instances.length, FAILURES_MAX);
  assert.equal(causes.length, CAUSES_MAX);
  assert.equal(causes[0]!.examples.length, 1);
});

/** A word for each number: digits would be taken for an id. */
function wordOf(number: number): string {
  return String(number).replaceAll(/\d/g, (digit) => "ghijklmnop"[+digit]!);
}
