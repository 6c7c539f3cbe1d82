import assert from "node:assert/strict";
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  type ChangeKind,
  compareRuns,
  fingerprintRun,
  openRun,
  type RunComparison,
  type RunReader,
  type StepRecord,
} from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

interface Seen {
  status_code?: number;
  latency_ms?: number;
  body?: string;
  passed?: boolean;
  error?: string | null;
}

/** Records an instance of two steps for each of `seen`; null for none. */
async function record(
  dir: string,
  run_id: string,
  seen: (Seen | null)[],
): Promise<RunReader> {
  const run = await aRun(dir, { run_id, seed: 1, durability: "os" });
  for (const given of seen) {
    const one = run.startInstance({ scenario_id: "checkout" });
    if (given === null) continue;
    const { status_code = 200, latency_ms = 10, body = "fine" } = given;
    for (const step_name of ["add", "pay"]) {
      await one.step({
        step_name,
        step_type: "http",
        observation: step_name === "add"
          ? { ok: true, latency_ms }
          : { ok: status_code < 400, status_code, latency_ms, body },
        ...(seen.length < 10 ? { request: { step_name } } : {}),
      });
      await one.assertion({ assertion_name: "fine", passed: true });
    }
    const { passed = true, error = null } = given;
    await one.assertion({ assertion_name: "whole", passed, step_index: null });
    await one.complete({ passed, error });
  }
  await run.finalize();
  return await openRun(run.path);
}

/** The counts that are not zero. */
function countsOf({ counts }: RunComparison): Partial<typeof counts> {
  return Object.fromEntries(
    Object.entries(counts).filter(([, count]) => count > 0),
  );
}

test("compareRuns() finds two equal runs identical", () =>
  withTempDir(async (dir) => {
    const seen = [{ latency_ms: 1 }, { passed: false }, null];
    const a = await record(dir, "a", seen);
    const b = await record(dir, "b", [{ latency_ms: 9 }, ...seen.slice(1)]);
    const comparison = await compareRuns(a, b);
    assert.deepEqual(countsOf(comparison), {});
    assert.deepEqual(comparison.changes, []);
    assert.equal(comparison.identical, true);
    assert.equal(await fingerprintRun(a), await fingerprintRun(b));
  }));

test("compareRuns() reports each kind of change, and where", () =>
  withTempDir(async (dir) => {
    const a = await record(dir, "a", [
      { body: "old" },
      {},
      { passed: false },
      { status_code: 200 },
      { error: null },
      {},
    ]);
    const b = await record(dir, "b", [
      { body: "new" },
      { passed: false },
      {},
      { status_code: 500 },
      { error: "broke off" },
      null,
      {},
    ]);
    const comparison = await compareRuns(a, b);
    assert.equal(comparison.identical, false);
    assert.deepEqual(countsOf(comparison), {
      summary: 1,
      missingInstance: 1,
      extraInstance: 1,
      newlyFailing: 2,
      newlyPassing: 1,
      changedStatus: 1,
      changedStep: 1,
      changedAssertion: 2,
    });
    const [summary, ...changes] = comparison.changes;
    assert.ok(summary!.differences.some(({ path }) => path === "error_count"));
    const shown = changes.map((
      { kind, instance_id, step_index, name, differences },
    ) => [
      kind,
      instance_id,
      step_index,
      name,
      ...differences.map(({ path, recorded, actual }) => [
        path,
        recorded,
        actual,
      ]),
    ]);
    assert.deepEqual(shown, [
      ["missingInstance", "inst_006", null, "checkout"],
      ["extraInstance", "inst_007", null, "checkout"],
      ["newlyFailing", "inst_002", null, "checkout", ["passed", true, false]],
      ["newlyFailing", "inst_005", null, "checkout", [
        "error",
        null,
        { name: "Error", message: "broke off", cause: null },
      ]],
      ["newlyPassing", "inst_003", null, "checkout", ["passed", false, true]],
      ["changedStatus", "inst_004", 1, "pay", [
        "observation.ok",
        true,
        false,
      ], ["observation.status_code", 200, 500]],
      ["changedStep", "inst_001", 1, "pay", [
        "observation.body",
        "old",
        "new",
      ]],
      ["changedAssertion", "inst_002", null, "whole", ["passed", true, false]],
      ["changedAssertion", "inst_003", null, "whole", ["passed", false, true]],
    ]);
    const otherWay = await compareRuns(b, a);
    assert.equal(otherWay.counts.newlyPassing, 2);
    assert.equal(otherWay.counts.missingInstance, 1);
  }));

test("compareRuns() finds parts of an instance that only one run has", () =>
  withTempDir(async (dir) => {
    const recordParts = async (run_id: string, all: boolean) => {
      const run = await aRun(dir, { run_id });
      const one = run.startInstance({ scenario_id: "checkout" });
      for (let i = 0; i < (all ? 2 : 1); i++) {
        await one.step({ step_name: "a", step_type: "b", request: i });
        await one.artifact(`${i}.txt`, "");
        await one.assertion({ assertion_name: "c", passed: true });
        // Of one name and step: they are paired in their order.
        await one.assertion({ assertion_name: "c", passed: false });
      }
      await one.complete({ passed: true });
      await run.finalize();
      return await openRun(run.path);
    };
    const a = await recordParts("a", true);
    const b = await recordParts("b", false);
    const expected: [RunReader, RunReader, string][] = [
      [a, b, "missing"],
      [b, a, "extra"],
    ];
    for (const [from, to, what] of expected) {
      const comparison = await compareRuns(from, to);
      assert.deepEqual(countsOf(comparison), {
        summary: 1,
        [`${what}Step`]: 1,
        [`${what}Assertion`]: 2,
        [`${what}File`]: 1,
      });
      const file = comparison.changes.at(-1)!;
      assert.equal(file.name, "artifacts/inst_001/1.txt");
      assert.equal(file.instance_id, "inst_001");
    }
  }));

test("compareRuns() reports how latencies shifted, overall and by step", () =>
  withTempDir(async (dir) => {
    const seen = Array.from({ length: 50 }, () => ({}));
    const a = await record(dir, "a", seen);
    const b = await record(dir, "b", seen.map(() => ({ latency_ms: 20 })));
    const { identical, latency, latencyByStep } = await compareRuns(a, b);
    assert.equal(identical, true);
    for (const shift of [latency, ...Object.values(latencyByStep)]) {
      assert.ok(Math.abs(shift.a.p50_latency_ms! - 10) < 0.2);
      assert.ok(Math.abs(shift.b.p99_latency_ms! - 20) < 0.4);
    }
    assert.equal(latency.a.count, 100);
    assert.deepEqual(Object.keys(latencyByStep), ["add", "pay"]);
    assert.equal(latencyByStep.pay!.b.count, 50);
  }));

test("compareRuns() counts all changes, and lists a thousand of a kind", () =>
  withTempDir(async (dir) => {
    const many = (status_code: number) =>
      Array.from({ length: 1500 }, () => ({ status_code }));
    const a = await record(dir, "a", many(200));
    const b = await record(dir, "b", many(500));
    const { counts, changes } = await compareRuns(a, b);
    assert.equal(counts.changedStatus, 1500);
    // All of a kind, and the summary.
    assert.equal(changes.length, 1001);
    const none = await record(dir, "none", []);
    const gone = await compareRuns(a, none);
    assert.equal(gone.counts.missingInstance, 1500);
    // Neither are the parts of what is missing told one by one.
    assert.deepEqual(countsOf(gone), { missingInstance: 1500, summary: 1 });
  }));

test("compareRuns() lists no more than some 16 MB of changes", () =>
  withTempDir(async (dir) => {
    const seen = (letter: string) =>
      Array.from({ length: 8 }, () => ({ body: letter.repeat(3_000_000) }));
    const a = await record(dir, "a", seen("a"));
    const b = await record(dir, "b", seen("b"));
    const { counts, changes } = await compareRuns(a, b);
    assert.equal(counts.changedStep, 8);
    assert.equal(changes.length, 3);
  }));

test("compareRuns() compares runs of runners that keep their own ids", () =>
  withTempDir(async (dir) => {
    const recordOwn = async (run_id: string, prefix: string) => {
      const run = await aRun(dir, { run_id });
      for (const instance_id of ["b", "a", "unfinished"]) {
        const ids = {
          instance_id,
          run_id,
          correlation_id: `${prefix}-${instance_id}`,
        };
        const time = new Date().toISOString();
        const step: StepRecord = {
          ...ids,
          step_index: 0,
          step_name: "one",
          step_type: "x",
          span_id: "00f067aa0ba902b7",
          timestamp: time,
          // Too short an id is not looked for in texts, a long one is.
          observation: {
            body: instance_id === "a" ? ids.correlation_id : "fine",
          },
          artifacts: [],
        };
        await run.appendStep(step);
        if (instance_id === "unfinished") continue;
        await run.appendInstance({
          ...ids,
          scenario_id: "checkout",
          instance_key: null,
          retry_of: null,
          started_at: time,
          completed_at: time,
          duration_ms: 1,
          passed: true,
          entry_data: {},
          error: null,
        });
      }
      await run.finalize();
      return await openRun(run.path);
    };
    const a = await recordOwn("a", "a-long-correlation-id-1");
    const b = await recordOwn("b", "a-long-correlation-id-2");
    assert.equal((await compareRuns(a, b)).identical, true);
    assert.equal(await fingerprintRun(a), await fingerprintRun(b));
    const [c, d] = [await recordOwn("c", "1"), await recordOwn("d", "2")];
    const { counts } = await compareRuns(c, d);
    assert.equal(counts.changedStep, 1);
    assert.notEqual(await fingerprintRun(c), await fingerprintRun(d));
  }));

test("compareRuns() counts the lines that it skips as abandoned", () =>
  withTempDir(async (dir) => {
    const times = async (run_id: string, count: number) => {
      const run = await aRun(dir, { run_id });
      const timestamp = "2024-01-15T10:30:00.000Z";
      for (let attempt = 1; attempt <= count; attempt++) {
        const correlation_id = `attempt_${attempt}`;
        const ids = { instance_id: "a", run_id, correlation_id, timestamp };
        await run.appendStep({
          ...ids,
          step_index: 0,
          step_name: "one",
          step_type: "x",
          span_id: "00f067aa0ba902b7",
          observation: { body: attempt === count },
          artifacts: [],
        });
        await run.appendAssertion({
          ...ids,
          step_index: 0,
          assertion_name: "fine",
          passed: attempt === count,
          expected: null,
          actual: null,
          message: "",
        });
      }
      await run.appendInstance({
        instance_id: "a",
        run_id,
        correlation_id: `attempt_${count}`,
        scenario_id: "checkout",
        instance_key: null,
        retry_of: null,
        started_at: timestamp,
        completed_at: timestamp,
        duration_ms: 0,
        passed: true,
        entry_data: {},
        error: null,
      });
      await run.finalize();
      return await openRun(run.path);
    };
    const [once, thrice] = [await times("once", 1), await times("thrice", 3)];
    const { identical, abandoned } = await compareRuns(once, thrice);
    assert.equal(identical, true);
    assert.deepEqual(abandoned, { a: 0, b: 4 });
  }));

test("compareRuns() agrees with fingerprintRun() on the order of assertions", () =>
  withTempDir(async (dir) => {
    const judged = async (run_id: string, order: number[]) => {
      const run = await aRun(dir, { run_id });
      const instance = run.startInstance({ scenario_id: "checkout" });
      for (const actual of order) {
        const verdict = { assertion_name: "item", passed: true, actual };
        await instance.assertion(verdict);
      }
      await instance.complete();
      await run.finalize();
      return await openRun(run.path);
    };
    const a = await judged("a", [1, 2, 3]);
    const b = await judged("b", [3, 1, 2]);
    const c = await judged("c", [3, 1, 1]);
    assert.equal(await fingerprintRun(a), await fingerprintRun(b));
    assert.equal((await compareRuns(a, b)).identical, true);
    assert.notEqual(await fingerprintRun(a), await fingerprintRun(c));
    const { counts, changes } = await compareRuns(a, c);
    assert.equal(counts.changedAssertion, 1);
    assert.deepEqual(changes[0]?.differences, [
      { path: "actual", recorded: 2, actual: 1 },
    ]);
  }));

test("compareRuns() and fingerprintRun() distinguish a number that is too large from null", () =>
  withTempDir(async (dir) => {
    const runs: RunReader[] = [];
    for (const number of ["null", "1e999", "-1e999"]) {
      const run = await record(dir, number, [{ body: "4711" }]);
      const file = join(run.path, "steps.jsonl");
      const lines = await readFile(file, "utf8");
      await writeFile(file, lines.replace(`"4711"`, number));
      runs.push(run);
    }
    assert.equal(new Set(await Promise.all(runs.map(fingerprintRun))).size, 3);
    const { counts } = await compareRuns(runs[0]!, runs[1]!);
    assert.equal(counts.changedStep, 1);
    assert.equal((await compareRuns(runs[1]!, runs[2]!)).identical, false);
  }));

test("compareRuns() and fingerprintRun() say so when a line is corrupt", () =>
  withTempDir(async (dir) => {
    const a = await record(dir, "a", [{}]);
    const b = await record(dir, "b", [{}]);
    await writeFile(join(b.path, "steps.jsonl"), "{}\n");
    await assert.rejects(compareRuns(a, b), { code: "CORRUPT_LINE" });
    await assert.rejects(compareRuns(b, a), { code: "CORRUPT_LINE" });
    await assert.rejects(fingerprintRun(b), { code: "CORRUPT_LINE" });
    await writeFile(join(a.path, "artifacts/inst_001/a.txt"), "");
    const c = await record(dir, "c", [{}]);
    const missing: ChangeKind = "missingFile";
    assert.equal((await compareRuns(a, c)).counts[missing], 1);
    await rename(join(a.path, "artifacts"), join(a.path, "gone"));
    assert.equal((await compareRuns(a, c)).identical, true);
  }));
