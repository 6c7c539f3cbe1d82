import assert from "node:assert/strict";
import {
  appendFile,
  mkdir,
  readFile,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runHistory } from "../../mod.ts";
import { aRun, recordInstance, recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** An instance of a letter: passed, failed, skipped, or flaky in two attempts. */
function instancesOf(letters: Readonly<Record<string, string>>) {
  return Object.entries(letters).flatMap(([instance_key, letter]) => {
    const one = (passed: boolean | null, retry_of?: string) => ({
      instance_key,
      instance_id: `${instance_key}_${retry_of ? 2 : 1}`,
      ...(retry_of && { retry_of }),
      completion: { passed },
    });
    if (letter === "f") return [one(false), one(true, `${instance_key}_1`)];
    if (letter === "F") return [one(false), one(false, `${instance_key}_1`)];
    return letter === "." ? [] : [one({ P: true, B: false, S: null }[letter]!)];
  });
}

test("runHistory() says since which run each key fails, and what is flaky", () =>
  withTempDir(async (dir) => {
    const keys: Record<string, string> = {
      always: "BBBBBB",
      broken: "PP.BSB",
      fixed: "PBBPPP",
      flaky: "PPfPPP",
      good: "PPPPPP",
      gone: "PBB...",
      jumpy: "PBPBPP",
      retried: "PPPPPF",
    };
    for (let run = 0; run < 6; run++) {
      const letters = Object.fromEntries(
        Object.entries(keys).map(([key, letters]) => [key, letters[run]!]),
      );
      await recordRun(dir, instancesOf(letters), { run_id: `run_${run}` });
    }
    await mkdir(join(dir, "not_a_run"));
    const { runs, keys: found, ...rest } = await runHistory(dir);
    assert.deepEqual(rest, { olderRuns: 0, isCut: false, unreadable: [] });
    assert.deepEqual(
      runs.map(({ run_id, failed, flaky }) => [run_id, failed, flaky]),
      [
        ["run_0", 1, 0],
        ["run_1", 4, 0],
        ["run_2", 3, 1],
        ["run_3", 3, 0],
        ["run_4", 1, 0],
        ["run_5", 3, 0],
      ],
    );
    assert.deepEqual(
      found.map(({ instance_key, status, lastPassed, failsSince }) => [
        instance_key,
        status,
        lastPassed,
        failsSince,
      ]),
      [
        ["retried", "failing", 4, 5],
        ["broken", "failing", 1, 3],
        ["gone", "failing", 0, 1],
        ["always", "failing", null, 0],
        ["flaky", "flaky", 5, null],
        ["jumpy", "flaky", 5, null],
        ["fixed", "fixed", 5, null],
      ],
    );
    const broken = found.find(({ instance_key }) => instance_key === "broken")!;
    assert.deepEqual(broken.verdicts, [
      "passed",
      "passed",
      "absent",
      "failed",
      "skipped",
      "failed",
    ]);
    const newest = await runHistory(dir, { limit: 2 });
    assert.deepEqual(newest.runs.map(({ run_id }) => run_id), [
      "run_4",
      "run_5",
    ]);
    assert.equal(newest.olderRuns, 4);
  }));

test("runHistory() puts runs in the order in which they were started", () =>
  withTempDir(async (dir) => {
    for (const [run_id, day] of [["a", "03"], ["b", "02"], ["c", "01"]]) {
      const path = await recordRun(dir, [], { run_id });
      const file = join(path, "manifest.json");
      const manifest = JSON.parse(await readFile(file, "utf8"));
      manifest.timestamp = `2024-01-${day}T00:00:00.000Z`;
      await writeFile(file, JSON.stringify(manifest));
    }
    const { runs } = await runHistory(dir);
    assert.deepEqual(runs.map(({ run_id }) => run_id), ["c", "b", "a"]);
  }));

test("runHistory() pairs instances without a key by the id of the first attempt", () =>
  withTempDir(async (dir) => {
    await recordRun(dir, [
      { instance_id: "a", completion: { passed: true } },
      { instance_id: "b", completion: { passed: true } },
    ], { run_id: "run_1" });
    await recordRun(dir, [
      // The last attempt stands first.
      { instance_id: "a3", retry_of: "a2", completion: { passed: false } },
      { instance_id: "a2", retry_of: "a", completion: { passed: false } },
      { instance_id: "a", completion: { passed: false } },
      {
        instance_id: "b",
        scenario_id: "refund",
        completion: { passed: false },
      },
    ], { run_id: "run_2" });
    const { keys } = await runHistory(dir);
    assert.deepEqual(
      keys.map(({ scenario_id, verdicts }) => [scenario_id, verdicts]),
      [
        ["checkout", ["passed", "failed"]],
        ["refund", ["absent", "failed"]],
      ],
    );
  }));

test("runHistory() counts a run that crashed, and names one that is damaged", () =>
  withTempDir(async (dir) => {
    const failed = { instance_key: "a", completion: { passed: false } };
    const steps = [{ observation: { latency_ms: 50 } }];
    const left = await aRun(dir, { run_id: "left" });
    await recordInstance(left, { ...failed, steps });
    await left[Symbol.asyncDispose]();
    const damaged = await recordRun(dir, [failed], { run_id: "damaged" });
    await truncate(join(damaged, "instances.jsonl"), 20);
    await appendFile(join(damaged, "instances.jsonl"), "\n{}\n");
    const newer = await recordRun(dir, [failed], { run_id: "newer" });
    await truncate(join(newer, "manifest.json"), 20);
    const { runs, keys, unreadable } = await runHistory(dir);
    assert.deepEqual(
      runs.map(({ state, failed, passRate }) => [state, failed, passRate]),
      [["interrupted", 1, 0]],
    );
    assert.ok(Math.abs(runs[0]!.p95Ms! - 50) <= 0.5);
    assert.equal(keys.length, 1);
    assert.deepEqual(unreadable.map(({ path }) => path).sort(), [
      damaged,
      newer,
    ]);
    await assert.rejects(runHistory(join(dir, "nowhere")), {
      code: "READ_FAILED",
    });
    await assert.rejects(runHistory(dir, { limit: 0 }), {
      code: "INVALID_OPTION",
    });
  }));
