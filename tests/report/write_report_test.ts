/** What a report holds, read without a browser. */
import assert from "node:assert/strict";
import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { compareRuns, openRun } from "../../mod.ts";
import { Budget } from "../../src/report/budget.ts";
import { TextColumn, TextIndex } from "../../src/report/columns.ts";
import { CHANGES, VERDICTS } from "../../src/report/model.ts";
import { aRun, recordInstance, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { reportOf } from "./read_report.ts";

/** Every instance of a report has what `RunReader.instance` reads. */
async function assertHolds(path: string): Promise<number> {
  const run = await openRun(path, { onDamage: () => {} });
  const { instances, index, details } = await reportOf(path);
  for (const [place, id] of instances.id.entries()) {
    const trace = await run.instance(id);
    const shown = details.get(id)!;
    assert.ok(index.chunk[place]! >= 0, id);
    assert.deepEqual(shown.instance, trace.instance, id);
    assert.deepEqual(
      shown.steps.map(({ record }) => record),
      trace.steps,
      id,
    );
    assert.deepEqual(shown.assertions, trace.assertions, id);
    assert.deepEqual(
      shown.files.map(({ path, bytes }) => ({ path, bytes })),
      trace.artifacts.map(({ path, size }) => ({ path, bytes: size })),
      id,
    );
  }
  return instances.id.length;
}

test("a report holds of each instance what instance() reads", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(
      dir,
      Array.from({ length: 120 }, (_, i) => ({
        instance_id: i % 3 === 0 ? `größe-${i}` : `i-${i}`,
        instance_key: i % 5 === 0 ? null : `\ud800 \ufeff ${i}`,
        steps: Array.from({ length: i % 4 }, (_, k) => ({
          observation: { ok: true, latency_ms: 3000 * k, body: "x".repeat(i) },
          ...(i === 7 && { request: { method: "GET", url: `/${k}` } }),
        })),
        assertions: Array.from({ length: i % 3 }, () => ({ passed: i !== 5 })),
      })),
      { durability: "os" },
    );
    assert.equal(await assertHolds(path), 120);
  }));

test("a report holds what is left of a run that is damaged, and of other writers' lines", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    for (let i = 0; i < 20; i++) {
      await recordInstance(run, {
        steps: [{ observation: { ok: i !== 3 } }],
        assertions: [{ passed: i !== 3 }],
        ...(i === 19 && { completion: false }),
      });
    }
    await run.finalize();
    const file = join(run.path, "steps.jsonl");
    const lines = (await readFile(file, "utf8")).trimEnd().split("\n");
    lines[4] = "{]";
    const { observation, ...fields } = JSON.parse(lines[5]!);
    lines[5] = JSON.stringify({ observation, ...fields });
    lines[6] = lines[6]!.replace('"inst_007"', '"\\u0069nst_007"');
    await writeFile(file, `${lines.join("\n")}\n`);
    await appendFile(join(run.path, "assertions.jsonl"), '{"torn');
    assert.equal(await assertHolds(run.path), 20);
    const { index, instances } = await reportOf(run.path);
    assert.equal(index.damage.length, 1);
    const verdicts = instances.verdict.map((verdict) => VERDICTS[verdict]);
    assert.equal(verdicts[19], "incomplete");
    assert.equal(verdicts[3], "failed");
    assert.equal(index.causes[instances.cause[3]!]!.count, 1);
  }));

test("a report of limited size is filled: failures first, then others", () =>
  withTempDir(async (dir) => {
    let seed = 1;
    const random = () => (seed = seed * 48271 % 0x7fffffff).toString(36);
    const path = await recordRun(
      dir,
      Array.from({ length: 1500 }, (_, i) => ({
        steps: [{
          observation: {
            // Later ones are larger than can be known before.
            body: Array.from({ length: 30 + i / 50 }, random).join(),
          },
        }],
        assertions: [{ passed: i % 30 !== 29 }],
      })),
      { durability: "os" },
    );
    const bytesMax = 400_000;
    const { bytes, instances, index } = await reportOf(path, { bytesMax });
    assert.ok(bytes > 0.85 * bytesMax && bytes < 1.1 * bytesMax, `${bytes}`);
    assert.ok(index.omitted > 100, `${index.omitted} left out`);
    for (const [place, verdict] of instances.verdict.entries()) {
      if (VERDICTS[verdict] === "failed") assert.ok(index.chunk[place]! >= 0);
    }
    assert.equal((await reportOf(path)).index.omitted, 0);
  }));

test("Budget takes less worth less as soon as what is written is larger", () => {
  const length = 1000;
  const budget = new Budget({
    verdict: new Uint8Array(length),
    cause: new Int32Array(length).fill(-1),
    durationMs: new Float64Array(length),
    steps: new Uint32Array(length).fill(1),
    assertions: new Uint32Array(length),
  }, 100_000);
  // 20 bytes a record: all fit.
  assert.ok(budget.wants(999));
  budget.note(2, 2000);
  // 1000 bytes a record: 47 more of them do, and a reserve is left.
  const taken = Array.from({ length: 999 }, (_, place) => budget.wants(place));
  assert.equal(taken.filter(Boolean).length, 47);
  assert.ok(!budget.wants(0) && !budget.wants(998));
});

test("TextIndex finds each text by its bytes, and no other", () => {
  const texts = new TextColumn();
  const index = new TextIndex(texts);
  const bytesOf = (text: string) => new TextEncoder().encode(`[${text}]`);
  const find = (text: string) =>
    index.find(bytesOf(text), 1, bytesOf(text).length - 1);
  for (let i = 0; i < 5000; i++) {
    assert.equal(find(`ü${i}`), -1);
    texts.add(`ü${i}`);
    index.add(bytesOf(`ü${i}`), 1, bytesOf(`ü${i}`).length - 1);
  }
  for (let i = 0; i < 5000; i++) assert.equal(find(`ü${i}`), i);
  assert.equal(texts.get(4999), "ü4999");
  assert.equal(find(""), -1);
});

test("a report of two runs says what compareRuns says, of each instance too", () =>
  withTempDir(async (dir) => {
    const record = (run_id: string, isLater: boolean) =>
      recordRun(
        dir,
        Array.from({ length: 12 }, (_, i) => {
          // The later run starts them in another order.
          const user = isLater ? 11 - i : i;
          const status_code = isLater && user === 8 ? 500 : 200;
          const total = isLater && user === 6 ? 2 : 1;
          return {
            scenario_id: user % 2 ? "checkout" : "refund",
            instance_key: `user-${user}`,
            steps: [{ observation: { status_code, body: { total } } }],
            assertions: [{ passed: user !== (isLater ? 8 : 4) }],
          };
        }),
        { run_id },
      );
    const [a, b] = [await record("run_a", false), await record("run_b", true)];
    const { index, instances, changes, details } = await reportOf(b, {
      baseline: { path: a },
    });
    const [before, after] = [await openRun(a), await openRun(b)];
    const { counts, causes } = await compareRuns(before, after);
    assert.deepEqual(index.comparison!.counts, counts);
    assert.equal(index.comparison!.causes.count, causes.count);
    const changeOf = (key: string) => {
      const place = instances.key.indexOf(key);
      return {
        change: CHANGES[changes!.change[place]!],
        before: VERDICTS[changes!.beforeVerdict[place]!],
        place,
      };
    };
    const failing = changeOf("user-8");
    assert.deepEqual(
      [failing.change, failing.before],
      ["newlyFailing", "passed"],
    );
    assert.equal(changes!.beforeId[failing.place], "inst_009");
    const passing = changeOf("user-4");
    assert.deepEqual(
      [passing.change, passing.before],
      ["newlyPassing", "failed"],
    );
    assert.equal(changeOf("user-6").change, "changedInstance");
    assert.equal(changeOf("user-0").change, null);
    // The examples are instances of the later run.
    const [first] = index.comparison!.causes.listed;
    assert.deepEqual(first!.examples, [instances.id[failing.place]]);
    const chunk = changes!.beforeChunk[failing.place]!;
    assert.ok(chunk > Math.max(...index.chunk));
    assert.equal(changes!.beforeChunk[changeOf("user-0").place], -1);
    assert.equal(details.get(instances.id[failing.place]!)!.steps.length, 1);
  }));
