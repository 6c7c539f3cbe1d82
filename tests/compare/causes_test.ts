/** Two runs whose one change is known, and the cause that compareRuns() names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type ChangeGroup,
  compareRuns,
  type CompareRunsOptions,
  openRun,
  type RunComparison,
} from "../../mod.ts";
import { type InstancePlan, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

async function compare(
  dir: string,
  a: InstancePlan[],
  b: InstancePlan[],
  options?: CompareRunsOptions,
): Promise<RunComparison> {
  const before = await recordRun(dir, a, { run_id: "a", durability: "os" });
  const after = await recordRun(dir, b, { run_id: "b", durability: "os" });
  return await compareRuns(
    await openRun(before),
    await openRun(after),
    options,
  );
}

/** A checkout of three steps whose order has a total and an id. */
function checkout(number: number, total: number, id: string): InstancePlan {
  const status_code = 200;
  return {
    instance_key: `user_${number}`,
    steps: [
      { step_name: "cart", observation: { status_code, body: { id } } },
      { step_name: "order", observation: { status_code, body: { id, total } } },
    ],
    assertions: [{
      assertion_name: "total",
      step_index: 1,
      passed: total === 100 + number,
      expected: 100 + number,
      actual: total,
    }],
  };
}

function summaryOf({ kind, step_name, name, path, count }: ChangeGroup) {
  return [kind, step_name, name, path, count];
}

const ID_A = "7f3a9c01e5b2";
const ID_B = "01d4e5f6a7b8";

test("compareRuns() names the field that makes an assertion fail, above the ids that changed too", () =>
  withTempDir(async (dir) => {
    const numbers = [1, 2, 3, 4, 5, 6];
    const { causes } = await compare(
      dir,
      numbers.map((number) => checkout(number, 100 + number, ID_A)),
      numbers.map((number) => checkout(number, 99 + number, ID_B)),
    );
    const [cause, summary] = causes.listed;
    assert.equal(causes.count, 2);
    assert.deepEqual(cause!.change, {
      kind: "changedStep",
      step_name: "order",
      name: null,
      path: "body.total",
      recorded: 101,
      actual: 100,
      delta: -1,
      reason: "",
      count: 6,
    });
    assert.deepEqual(cause!.consequences.map(summaryOf), [
      ["changedStep", "cart", null, "body.id", 6],
      ["changedStep", "order", null, "body.id", 6],
      ["changedAssertion", "order", "total", "actual", 6],
      ["newlyFailing", null, "checkout", "passed", 6],
    ]);
    assert.equal(cause!.consequences[2]!.reason, "expected 101, got 100");
    assert.deepEqual([cause!.count, cause!.newlyFailing], [6, 6]);
    assert.deepEqual(cause!.scenarios, ["checkout"]);
    assert.equal(cause!.examples[0], "inst_001");
    assert.equal(summary!.change.kind, "summary");
  }));

test("compareRuns() does not blame a change that instances have whether or not they fail", () =>
  withTempDir(async (dir) => {
    const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
    const total = (number: number) => number > 8 ? 1 : 100 + number;
    const { causes } = await compare(
      dir,
      numbers.map((number) => checkout(number, 100 + number, "old")),
      numbers.map((number) => checkout(number, total(number), "new")),
    );
    const [failing, others] = causes.listed;
    assert.deepEqual(
      summaryOf(failing!.change),
      ["changedStep", "order", null, "body.total", 2],
    );
    assert.equal(failing!.newlyFailing, 2);
    assert.equal(failing!.change.delta, null);
    assert.deepEqual(failing!.examples, ["inst_009", "inst_010"]);
    assert.deepEqual(
      summaryOf(others!.change),
      ["changedStep", "cart", null, "body.id", 8],
    );
    assert.equal(others!.newlyFailing, 0);
  }));

test("compareRuns() ignores paths, counts what differs there, and never ignores a verdict", () =>
  withTempDir(async (dir) => {
    const a = [checkout(1, 101, ID_A), checkout(2, 102, ID_A)];
    const ids = await compare(
      `${dir}/ids`,
      a,
      [checkout(1, 101, ID_B), checkout(2, 102, ID_B)],
      { ignore: ["body.id"] },
    );
    assert.deepEqual([ids.identical, ids.ignoredCount], [true, 4]);
    const verdict = await compare(`${dir}/all`, a, [
      checkout(1, 101, ID_B),
      checkout(2, 101, ID_B),
    ], { ignore: ["**"] });
    assert.equal(verdict.identical, false);
    assert.equal(verdict.counts.newlyFailing, 1);
    await assert.rejects(
      compare(`${dir}/bad`, a, a, { ignore: ["a..b"] }),
      { code: "INVALID_OPTION" },
    );
  }));

test("compareRuns() goes by the last attempt at an instance", () =>
  withTempDir(async (dir) => {
    const attempts = (...verdicts: (boolean | null)[]): InstancePlan[] =>
      verdicts.map((passed, i) => ({
        instance_key: "user_1",
        ...(i > 0 ? { retry_of: `inst_00${i}` } : {}),
        completion: { passed },
      }));
    const cases: [string, InstancePlan[], InstancePlan[], object][] = [
      ["flaky", attempts(true), attempts(false, true), {
        extraAttempt: 1,
        changedInstance: 1,
      }],
      ["broken", attempts(false, true), attempts(false), {
        missingAttempt: 1,
        newlyFailing: 1,
      }],
      ["twice", attempts(true), attempts(false, false), {
        extraAttempt: 1,
        newlyFailing: 1,
      }],
      ["skipped", attempts(true), attempts(null), { newlySkipped: 1 }],
      ["new", [], attempts(false), { extraFailing: 1 }],
    ];
    for (const [name, a, b, expected] of cases) {
      const { counts } = await compare(`${dir}/${name}`, a, b);
      const { summary: _, ...found } = Object.fromEntries(
        Object.entries(counts).filter(([, count]) => count > 0),
      );
      assert.deepEqual(found, expected, name);
    }
  }));
