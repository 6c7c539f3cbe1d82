import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { compareRuns, openRun, type RunReader } from "../../mod.ts";
import { idOfName, InstancePairs } from "../../src/compare/instance_pairs.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { instance } from "../support/samples.ts";
import { withTempDir } from "../support/temp_dir.ts";

const TESTS = ["login", "logout", "search", "pay", "refund"];

/** A run with an instance for each of the tests, in this order. */
async function record(
  dir: string,
  run_id: string,
  tests: string[],
  failing: string[] = [],
): Promise<RunReader> {
  const run = await aRun(dir, { run_id });
  for (const instance_key of tests) {
    await recordInstance(run, {
      scenario_id: "regression",
      instance_key,
      steps: [{ step_name: instance_key, request: { instance_key } }],
      assertions: [{ passed: !failing.includes(instance_key) }],
    });
  }
  await run.finalize();
  return await openRun(join(dir, run_id));
}

const ORDERS: [what: string, tests: string[]][] = [
  ["inserted before the others", ["health", ...TESTS]],
  ["put in the opposite order", [...TESTS].reverse()],
  ["there twice", [...TESTS, "login"]],
];

for (const [what, tests] of ORDERS) {
  test(`compareRuns() finds the one regression where tests are ${what}`, () =>
    withTempDir(async (dir) => {
      const a = await record(dir, "a", TESTS);
      const b = await record(dir, "b", tests, ["refund"]);
      const { counts, changes } = await compareRuns(a, b);
      const { summary: _, ...others } = counts;
      const found = Object.entries(others).filter(([, count]) => count > 0);
      assert.deepEqual(Object.fromEntries(found), {
        ...(tests.length > TESTS.length && { extraInstance: 1 }),
        newlyFailing: 1,
        changedAssertion: 1,
      });
      const failing = changes.find(({ kind }) => kind === "newlyFailing")!;
      assert.equal(failing.instance_id, "inst_005");
      const other = `inst_00${tests.indexOf("refund") + 1}`;
      assert.equal(
        failing.otherInstanceId,
        other === "inst_005" ? null : other,
      );
    }));
}

test("compareRuns() calls a run identical to one in another order", () =>
  withTempDir(async (dir) => {
    const a = await record(dir, "a", TESTS);
    const b = await record(dir, "b", [...TESTS].reverse());
    assert.equal((await compareRuns(a, b)).identical, true);
    const gone = await record(dir, "c", TESTS.slice(1));
    assert.equal((await compareRuns(a, gone)).counts.missingInstance, 1);
  }));

test("compareRuns() never pairs two scenarios", () =>
  withTempDir(async (dir) => {
    const runs: RunReader[] = [];
    for (const scenario_id of ["checkout", "refund"]) {
      const run = await aRun(dir, { run_id: scenario_id });
      await recordInstance(run, { scenario_id, steps: [{}] });
      await run.finalize();
      runs.push(await openRun(run.path));
    }
    const { counts } = await compareRuns(runs[0]!, runs[1]!);
    assert.equal(counts.missingInstance, 1);
    assert.equal(counts.extraInstance, 1);
    assert.equal(counts.changedInstance + counts.changedStep, 0);
  }));

test("pairs have one scenario and one key, each instance at most one", async () => {
  const one = fc.record({
    scenario_id: fc.constantFrom("a", "b"),
    instance_key: fc.option(fc.constantFrom("k", "l", "m")),
  });
  const run = fc.array(one, { maxLength: 12 }).map((list) =>
    list.map((it, index) => ({
      ...instance,
      ...it,
      instance_id: `inst_${String(index + 1).padStart(3, "0")}`,
    }))
  );
  async function* blocks(records: typeof instance[]) {
    yield records;
  }
  await fc.assert(fc.asyncProperty(run, run, async (a, b) => {
    const pairs = await InstancePairs.read(blocks(a), blocks(b));
    const byName = new Map(a.flatMap((it) => {
      const name = pairs.nameOfA(it.instance_id);
      return name === undefined ? [] : [[name, it] as const];
    }));
    const names = new Set<string>();
    for (const it of b) {
      const name = pairs.nameOfB(it.instance_id);
      if (name === undefined) continue;
      assert(!names.has(name));
      names.add(name);
      const other = byName.get(name)!;
      assert.equal(other.scenario_id, it.scenario_id);
      assert.equal(other.instance_key, it.instance_key);
      assert.equal(pairs.idInB(other.instance_id), it.instance_id);
    }
    assert.equal(byName.size, names.size);
    // As many pairs as there can be.
    const count = (list: typeof a) => {
      const counts = new Map<string, number>();
      for (const { scenario_id, instance_key, instance_id } of list) {
        const key = JSON.stringify([
          scenario_id,
          instance_key ?? [instance_id],
        ]);
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      return counts;
    };
    const [countA, countB] = [count(a), count(b)];
    let most = 0;
    for (const [key, n] of countA) most += Math.min(n, countB.get(key) ?? 0);
    assert.equal(names.size, most);
  }));
});

test("instances without a line are named apart", async () => {
  async function* none() {}
  async function* some() {
    yield [instance];
  }
  const pairs = await InstancePairs.read(none(), some());
  const name = pairs.nameOfA("inst_001")!;
  assert.equal(idOfName(name), "inst_001");
  assert.equal(pairs.nameOfB("inst_001"), undefined);
  assert.equal(pairs.nameOfB("inst_002"), pairs.nameOfA("inst_002"));
});
