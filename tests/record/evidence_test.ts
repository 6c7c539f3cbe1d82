import assert from "node:assert/strict";
import { test } from "node:test";
import { type AssertionInput, openRun } from "../../mod.ts";
import { Evidence } from "../../src/record/evidence.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

type Shown = (evidence: Evidence) => void;

const STEP = { step_name: "pay", step_type: "http" };
const FAILED = { ...STEP, observation: { ok: false } };
const PASSED = { ...STEP, observation: { ok: true } };
const NO_VERDICT = { assertion_name: "paid" } as AssertionInput;

const VERDICTS: [what: string, shown: Shown[], verdict: boolean | null][] = [
  ["nothing", [], null],
  ["a step", [(it) => it.addStep(0, true)], true],
  ["a step that says nothing", [(it) => it.addStep(0, undefined)], true],
  ["a return", [(it) => it.addReturn()], true],
  ["a step that was not ok", [(it) => it.addStep(0, false)], false],
  ["a return after it", [
    (it) => it.addStep(0, false),
    (it) => it.addReturn(),
  ], false],
  ["one that was judged", [
    (it) => it.addStep(0, false),
    (it) => it.addAssertion(0, true),
  ], true],
  ["one that was judged before it ended", [
    (it) => it.addAssertion(0, true),
    (it) => it.addStep(0, false),
  ], true],
  ["another that was judged", [
    (it) => it.addStep(0, false),
    (it) => it.addAssertion(1, true),
    (it) => it.addAssertion(null, true),
  ], false],
  ["a failed assertion among others", [
    (it) => it.addAssertion(null, false),
    (it) => it.addAssertion(null, true),
  ], false],
  ["an assertion that is not true", [
    (it) => it.addAssertion(null, undefined),
  ], false],
  ["a refused step that failed", [(it) => it.addRefusedStep(FAILED)], false],
  ["a refused step that passed", [(it) => it.addRefusedStep(PASSED)], null],
  ["a refused assertion", [(it) => it.addRefusedAssertion(NO_VERDICT)], false],
];

for (const [what, shown, verdict] of VERDICTS) {
  test(`verdict() of ${what} is ${verdict}`, () => {
    const evidence = new Evidence();
    for (const show of shown) show(evidence);
    assert.equal(evidence.verdict(false), verdict);
    assert.equal(evidence.verdict(true), false);
  });
}

test("an assertion that cannot be recorded fails its instance all the same", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const refused = [
      { assertion_name: "a", passed: false, mesage: "typo" },
      { assertion_name: 7, passed: false },
      { passed: false },
      { assertion_name: "a", passed: undefined },
      { assertion_name: "a", passed: 0 },
      { assertion_name: "a", passed: false, step_index: -1 },
    ];
    for (const input of refused) {
      const one = run.startInstance({ scenario_id: "s" });
      await one.step({ step_name: "a", step_type: "t" });
      await assert.rejects(one.assertion(input as never), {
        code: "INVALID_RECORD",
      });
      await one.complete();
    }
    // So does a step that failed.
    const one = run.startInstance({ scenario_id: "s" });
    const step = { step_name: "a", step_type: "t", observation: { ok: false } };
    await assert.rejects(one.step({ ...step, stepName: "a" } as never), {
      message: /did you mean "step_name"/,
    });
    await one.complete();
    await run.finalize();
    const past = await openRun(run.path);
    const verdicts = (await Array.fromAsync(past.instances()))
      .map(({ passed }) => passed);
    assert.deepEqual(verdicts, [...refused.map(() => false), false]);
  }));

test("an assertion that is refused judges no step", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    await one.step({ ...STEP, observation: { ok: false } });
    const refused = { assertion_name: "a", passed: true, timestamp: "noon" };
    await assert.rejects(one.assertion(refused), { path: "timestamp" });
    await one.complete();
    assert.equal((await run.finalize()).fail_count, 1);
  }));

test("the summary counts instances without a verdict, retried and not completed", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const skipped = run.startInstance({ scenario_id: "s" });
    await skipped.complete();
    const failed = run.startInstance({ scenario_id: "s" });
    await failed.assertion({ assertion_name: "a", passed: false });
    await failed.complete();
    const again = run.startInstance({
      scenario_id: "s",
      retry_of: failed.instance_id,
    });
    await again.step({ step_name: "a", step_type: "t" });
    await again.complete();
    run.startInstance({ scenario_id: "s" });
    const summary = await run.finalize();
    assert.deepEqual(
      [
        summary.total_instances,
        summary.pass_count,
        summary.fail_count,
        summary.skip_count,
        summary.flaky_count,
        summary.incomplete_count,
        summary.pass_rate,
      ],
      [2, 1, 0, 1, 1, 1, 100],
    );
  }));
