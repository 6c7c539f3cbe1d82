/**
 * One run of many: the merge of shards is the run that one process would have
 * recorded.
 */
import assert from "node:assert/strict";
import { appendFile, readdir, readFile, stat, unlink } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  mergeRuns,
  openRun,
  recoverRun,
  resumeRun,
  type Shard,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { forwarding } from "../../src/storage/forwarding.ts";
import { chance } from "../support/chance.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { command, finish, WITH_ALL_RUNTIMES } from "../support/runtimes.ts";
import { assertSame, assertValid, recordShards } from "../support/shards.ts";
import { recordShuffled, type ShuffledRun } from "../support/shuffled_run.ts";
import { withTempDir } from "../support/temp_dir.ts";

const SEED = 7;
const INSTANCES = 64;

function record(
  dir: string,
  options: Partial<ShuffledRun> = {},
): Promise<string> {
  return recordShuffled({
    dir,
    run_id: "nightly",
    seed: SEED,
    instances: INSTANCES,
    ...options,
  });
}

/** Records a shard, which now and then is interrupted and resumed. */
async function recordPart(dir: string, shard: Shard): Promise<string> {
  if (chance.chance(0.5)) {
    let ended = 0;
    const stopAt = 1 + chance.below(Math.floor(INSTANCES / shard.count));
    await record(dir, {
      shard,
      onEnd: () => ended++,
      isStopped: () => ended >= stopAt,
    });
  }
  return await record(dir, { shard });
}

async function recordParts(dir: string, count: number): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 1; index <= count; index++) {
    paths.push(await recordPart(dir, { index, count }));
  }
  return paths;
}

function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(chance.below(rest.length), 1)[0]!);
}

for (const count of [1, 2, 3, 7, 64]) {
  test(`the merge of ${count} shards is the run of one process`, () =>
    withTempDir(async (dir) => {
      const single = await record(dir, { run_id: "single" });
      const shards = await recordParts(dir, count);
      const merged = await mergeRuns(shuffled(shards));
      assert.equal(merged.run_id, "nightly");
      assert.equal(merged.path, join(dir, "nightly"));
      await assertSame(single, merged.path);
      await assertValid(merged.path);
      const { manifest, state } = await openRun(merged.path);
      assert.equal(state, "completed");
      assert.equal(manifest.shard, null);
      assert.deepEqual(
        manifest.merged_from,
        shards.map((path) => basename(path)),
      );
      assert.deepEqual(
        (await readdir(dir)).filter((name) => name.startsWith(".")),
        [],
      );
    }));
}

test(
  "shards of Deno, Bun and Node merge into the run of one process",
  WITH_ALL_RUNTIMES,
  () =>
    withTempDir(async (dir) => {
      const single = await record(dir, { run_id: "single" });
      const runtimes = ["deno", "bun", "node"] as const;
      for (const [i, runtime] of runtimes.entries()) {
        const args = [dir, "nightly", SEED, i, 5, INSTANCES, i + 1, 3].map(
          String,
        );
        const { code, stderr } = await finish(
          ...command(runtime, "tests/programs/record_seeded.ts", args),
        );
        assert.equal(code, 0, stderr);
      }
      const shards = (await readdir(dir)).filter((name) => name !== "single");
      assert.equal(shards.length, 3);
      const { path } = await mergeRuns(shards.map((name) => join(dir, name)));
      await assertSame(single, path);
      await assertValid(path);
    }),
);

test("the same shards give the same bytes, in whatever order they are given", () =>
  withTempDir(async (dir) => {
    const shards = await recordParts(dir, 5);
    const contents = [];
    for (const to of ["one", "two"]) {
      const { path } = await mergeRuns(shuffled(shards), {
        dir: join(dir, to),
      });
      const files =
        (await readdir(path, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map(({ parentPath, name }) => join(parentPath, name)).sort();
      contents.push(
        await Promise.all(files.map((file) => readFile(file, "utf8"))),
      );
    }
    assert.deepEqual(contents[0], contents[1]);
  }));

test("what is open in a shard is open in the merge, which can be resumed", () =>
  withTempDir(async (dir) => {
    const paths: string[] = [];
    for (const index of [1, 2]) {
      const shard = await aRun(dir, { shard: { index, count: 2 } });
      await recordInstance(shard, { steps: [{}] });
      await recordInstance(shard, {
        instance_key: `user-${index}`,
        entry_data: { index },
        steps: [{}],
        completion: false,
      });
      if (index === 1) await shard.finalize();
      else await shard[Symbol.asyncDispose]();
      paths.push(shard.path);
    }
    const { path, summary } = await mergeRuns(paths);
    assert.equal(summary.status, "interrupted");
    assert.equal(summary.incomplete_count, 2);
    await assertValid(path);
    const resumed = await resumeRun(path);
    assert.deepEqual(resumed.resumed?.instancesInFlight, [
      {
        instance_id: "inst_003",
        instance_key: "user-1",
        scenario_id: "checkout",
        entry_data: { index: 1 },
      },
      {
        instance_id: "inst_004",
        instance_key: "user-2",
        scenario_id: "checkout",
        entry_data: { index: 2 },
      },
    ]);
    for (const { instance_id } of resumed.resumed!.instancesInFlight) {
      await recordInstance(resumed, { instance_id });
    }
    assert.equal(
      resumed.startInstance({ scenario_id: "c" }).instance_id,
      "inst_005",
    );
    await resumed.finalize();
    await assertValid(path);
  }));

test("a shard that crashed is merged as far as it got, recovered or not", () =>
  withTempDir(async (dir) => {
    const paths = await recordShards(
      dir,
      2,
      (shard) => recordInstance(shard, { steps: [{}, {}], assertions: [{}] }),
    );
    // As a crash leaves it: no summary, and the beginning of a line.
    const crashed = paths[1]!;
    await unlink(join(crashed, "summary.json"));
    await appendFile(join(crashed, "steps.jsonl"), '{"instance_id":"inst_0');
    const first = await mergeRuns(paths, { run_id: "before" });
    await recoverRun(crashed);
    const second = await mergeRuns(paths, { run_id: "after" });
    for (const { path, summary } of [first, second]) {
      assert.equal(summary.status, "interrupted");
      assert.equal(summary.total_steps, 4);
      assert.equal(summary.total_assertions, 2);
      await assertValid(path);
    }
    await assertSame(first.path, second.path);
  }));

test("a retry in another shard than its first attempt counts once", () =>
  withTempDir(async (dir) => {
    const paths = await recordShards(
      dir,
      2,
      (shard, index) =>
        recordInstance(shard, {
          completion: { passed: index === 2 },
          ...(index === 2 && { retry_of: "inst_001" }),
        }),
    );
    const { path, summary } = await mergeRuns(paths);
    assert.equal(summary.total_instances, 1);
    assert.equal(summary.flaky_count, 1);
    assert.equal(summary.fail_count, 0);
    await assertValid(path);
  }));

test("percentiles of the merge are those of all values, within the sketch's error", () =>
  withTempDir(async (dir) => {
    const values: number[] = [];
    const paths = await recordShards(dir, 3, async (shard, index) => {
      for (let i = 0; i < 100; i++) {
        const latency_ms = Math.exp(chance.next() * 9 * index / 3);
        values.push(latency_ms);
        await recordInstance(shard, {
          steps: [{ observation: { latency_ms } }],
        });
      }
    }, () => ({ durability: "os" }));
    const { summary } = await mergeRuns(paths);
    values.sort((a, b) => a - b);
    for (
      const [q, found] of [
        [0.5, summary.p50_latency_ms],
        [0.95, summary.p95_latency_ms],
        [0.99, summary.p99_latency_ms],
      ] as const
    ) {
      const exact = values[Math.floor(q * (values.length - 1))]!;
      assert.ok(
        Math.abs(found! - exact) <= 0.01 * exact + 1e-5,
        `${q}: ${found}`,
      );
    }
  }));

test("artifact files are linked, or copied where that is not possible", () =>
  withTempDir(async (dir) => {
    const shard = await aRun(dir, { shard: { index: 1, count: 1 } });
    const instance = shard.startInstance({ scenario_id: "checkout" });
    await instance.artifact("page.txt", "hello");
    await instance.complete();
    await shard.finalize();
    const linked = await mergeRuns([shard.path], { run_id: "linked" });
    assert.deepEqual(linked.artifacts, { linked: 1, copied: 0 });
    const { link: _, ...withoutLinks } = forwarding(await runtimeFileSystem());
    const copied = await mergeRuns([shard.path], {
      run_id: "copied",
      fs: withoutLinks,
    });
    assert.deepEqual(copied.artifacts, { linked: 0, copied: 1 });
    const file = "artifacts/inst_001/page.txt";
    const inode = async (path: string) => (await stat(join(path, file))).ino;
    assert.equal(await inode(linked.path), await inode(shard.path));
    assert.notEqual(await inode(copied.path), await inode(shard.path));
    assert.equal(await readFile(join(copied.path, file), "utf8"), "hello");
    await assertValid(copied.path);
  }));

test(
  "the merge can be read only by those who may read all its runs",
  { skip: process.platform === "win32" && "Windows has no such permissions" },
  () =>
    withTempDir(async (dir) => {
      const paths = await recordShards(
        dir,
        2,
        (shard) => recordInstance(shard, { steps: [{ request: { a: 1 } }] }),
        (index) => index === 2 ? { mode: 0o600 } : {},
      );
      const { path } = await mergeRuns(paths);
      for (const name of await readdir(path)) {
        const { mode } = await stat(join(path, name));
        assert.equal(mode & 0o077, 0, name);
      }
    }),
);

test("mergeRuns() merges what there is, where that is allowed, and says so", () =>
  withTempDir(async (dir) => {
    const shards = await recordParts(dir, 4);
    const { path, summary, missingShards } = await mergeRuns(
      [shards[3]!, shards[1]!],
      { allowMissing: true },
    );
    assert.deepEqual(missingShards, [1, 3]);
    assert.equal(summary.status, "interrupted");
    await assertValid(path);
  }));

test("runs without shards merge under a run id that is given", () =>
  withTempDir(async (dir) => {
    const paths: string[] = [];
    for (const run_id of ["worker_b", "worker_a"]) {
      const run = await aRun(dir, { run_id });
      await recordInstance(run, { instance_id: `of_${run_id}` });
      await run.finalize();
      paths.push(run.path);
    }
    await assert.rejects(mergeRuns(paths), {
      code: "INVALID_OPTION",
      message: /"run_id" is missing, and the runs are not shards of one run id/,
    });
    const { path } = await mergeRuns(paths, { run_id: "all" });
    await assertValid(path);
    const { manifest } = await openRun(path);
    assert.deepEqual(manifest.merged_from, ["worker_a", "worker_b"]);
  }));
