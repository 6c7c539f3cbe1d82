/**
 * One run of many: the merge of shards is the run that one process would have
 * recorded, or nothing.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  compareRuns,
  type FileSystem,
  fingerprintRun,
  listRuns,
  mergeRuns,
  openRun,
  recoverRun,
  resumeRun,
  type RunWriter,
  verifyRun,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { forwarding } from "../../src/storage/forwarding.ts";
import { Random } from "../sim/random.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { command, finish, WITH_ALL_RUNTIMES } from "../support/runtimes.ts";
import { recordSeeded } from "../support/seeded_run.ts";
import { withTempDir } from "../support/temp_dir.ts";

const SEED = 7;
const INSTANCES = 64;
/** `TEST_SEED=…` repeats a run of these tests. */
const chanceSeed = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
console.log(`# TEST_SEED=${chanceSeed}`);
const chance = new Random(chanceSeed);

interface Recording {
  run_id?: string;
  index?: number;
  count?: number;
  isStopped?: () => boolean;
  onEnd?: () => void;
}

function record(
  dir: string,
  { run_id = "nightly", index, count, ...options }: Recording,
): Promise<string> {
  return recordSeeded({
    dir,
    run_id,
    seed: SEED,
    schedule: chance.below(1e9),
    concurrency: 1 + chance.below(8),
    instances: INSTANCES,
    ...(index && count && { shard: { index, count } }),
    ...options,
  });
}

/** Records a shard, which now and then is interrupted and resumed. */
async function recordShard(
  dir: string,
  index: number,
  count: number,
): Promise<string> {
  if (chance.chance(0.5)) {
    let ended = 0;
    const stopAt = 1 + chance.below(Math.floor(INSTANCES / count));
    await record(dir, {
      index,
      count,
      onEnd: () => ended++,
      isStopped: () => ended >= stopAt,
    });
  }
  return await record(dir, { index, count });
}

async function recordShards(dir: string, count: number): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 1; index <= count; index++) {
    paths.push(await recordShard(dir, index, count));
  }
  return paths;
}

function shuffled<T>(items: readonly T[]): T[] {
  const rest = [...items];
  return items.map(() => rest.splice(chance.below(rest.length), 1)[0]!);
}

async function assertSame(a: string, b: string): Promise<void> {
  const [one, other] = [await openRun(a), await openRun(b)];
  assert.deepEqual((await compareRuns(one, other)).changes, []);
  assert.equal(await fingerprintRun(one), await fingerprintRun(other));
}

async function assertValid(path: string): Promise<void> {
  assert.deepEqual((await verifyRun(path)).problems, []);
}

for (const count of [1, 2, 3, 7, 64]) {
  test(`the merge of ${count} shards is the run of one process`, () =>
    withTempDir(async (dir) => {
      const single = await record(dir, { run_id: "single" });
      const shards = await recordShards(dir, count);
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
    const shards = await recordShards(dir, 5);
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
    const paths: string[] = [];
    for (const index of [1, 2]) {
      const shard = await aRun(dir, { shard: { index, count: 2 } });
      await recordInstance(shard, { steps: [{}, {}], assertions: [{}] });
      await shard.finalize();
      paths.push(shard.path);
    }
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
    const paths: string[] = [];
    for (const index of [1, 2]) {
      const shard = await aRun(dir, { shard: { index, count: 2 } });
      await recordInstance(shard, {
        completion: { passed: index === 2 },
        ...(index === 2 && { retry_of: "inst_001" }),
      });
      await shard.finalize();
      paths.push(shard.path);
    }
    const { path, summary } = await mergeRuns(paths);
    assert.equal(summary.total_instances, 1);
    assert.equal(summary.flaky_count, 1);
    assert.equal(summary.fail_count, 0);
    await assertValid(path);
  }));

test("percentiles of the merge are those of all values, within the sketch's error", () =>
  withTempDir(async (dir) => {
    const values: number[] = [];
    const paths: string[] = [];
    for (const index of [1, 2, 3]) {
      const shard = await aRun(dir, {
        shard: { index, count: 3 },
        durability: "os",
      });
      for (let i = 0; i < 100; i++) {
        const latency_ms = Math.exp(chance.next() * 9 * index / 3);
        values.push(latency_ms);
        await recordInstance(shard, {
          steps: [{ observation: { latency_ms } }],
        });
      }
      await shard.finalize();
      paths.push(shard.path);
    }
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
      const paths: string[] = [];
      for (const index of [1, 2]) {
        const shard = await aRun(dir, {
          shard: { index, count: 2 },
          ...(index === 2 && { mode: 0o600 }),
        });
        await recordInstance(shard, { steps: [{ request: { a: 1 } }] });
        await shard.finalize();
        paths.push(shard.path);
      }
      const { path } = await mergeRuns(paths);
      for (const name of await readdir(path)) {
        const { mode } = await stat(join(path, name));
        assert.equal(mode & 0o077, 0, name);
      }
    }),
);

// Each of these leaves everything as it was.
const REFUSALS: [
  name: string,
  message: RegExp,
  prepare: (
    paths: string[],
    dir: string,
  ) => void | Promise<RunWriter | undefined | void>,
  code?: string,
][] = [
  [
    "another seed",
    /seed is 1 in one and 2 in the other/,
    async (paths, dir) => {
      paths[1] = await shardWith(dir, { seed: 2 });
    },
  ],
  [
    "another config",
    /config\.users is 5 in one and 6 in the other/,
    async (paths, dir) => {
      paths[1] = await shardWith(dir, { config: { users: 6 } });
    },
  ],
  [
    "another system under test",
    /sut_name is "shop" in one and "bank"/,
    async (paths, dir) => {
      paths[1] = await shardWith(dir, { sut_name: "bank" });
    },
  ],
  [
    "another number of shards",
    /is one of 2 shards, and ".*" one of 3/,
    async (paths, dir) => {
      paths[1] = await shardWith(dir, { shard: { index: 2, count: 3 } });
    },
  ],
  [
    "the same shard twice",
    /are both run "run_1.shard-1-of-2"/,
    (paths) => {
      paths[1] = paths[0]!;
    },
  ],
  ["two first shards", /are both shard 1 of 2/, async (paths, dir) => {
    paths[1] = await shardWith(dir, {
      run_id: "again",
      shard: { index: 1, count: 2 },
    });
  }],
  ["a missing shard", /shard 2 of 2 is missing; allow/, (paths) => {
    paths.pop();
  }],
  [
    "an instance id in two runs",
    /instance "Mine" is in ".*" and in ".*"/,
    async (paths, dir) => {
      paths[1] = await shardWith(dir, {}, "Mine");
    },
  ],
  [
    "a shard that is being written",
    /is still being written/,
    async (paths, dir) => {
      const run = await aRun(dir, {
        run_id: "live",
        seed: 1,
        config: { users: 5 },
        shard: { index: 2, count: 2 },
      });
      paths[1] = run.path;
      return run;
    },
  ],
  [
    "a line that was removed",
    /steps.jsonl" is not as it was .* has 1 lines, and had 2/,
    async (paths) => {
      const file = join(paths[1]!, "steps.jsonl");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.slice(text.indexOf("\n") + 1));
    },
  ],
  [
    "a torn file of a run that has ended",
    /steps.jsonl" is not as it was when its run ended/,
    async (paths) => {
      const file = join(paths[1]!, "steps.jsonl");
      await writeFile(file, (await readFile(file, "utf8")).slice(0, -9));
    },
  ],
  [
    "a line of another run",
    /steps.jsonl" is not as it was when its run ended/,
    async (paths) => {
      const file = join(paths[1]!, "steps.jsonl");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.replace("shard-2", "shard-1"));
    },
  ],
  ["a link among the artifacts", /is not a file/, async (paths) => {
    const dir = join(paths[1]!, "artifacts", "inst_002");
    await mkdir(dir, { recursive: true });
    await symlink("/etc/passwd", join(dir, "passwd"));
  }, "CORRUPT_FILE"],
  [
    "an id that is taken",
    /is there already: choose another directory or run id/,
    async (_, dir) => {
      await mkdir(join(dir, "run_1"));
    },
    "RUN_EXISTS",
  ],
  ["no run", /there is no run to merge/, (paths) => {
    paths.length = 0;
  }],
];

async function shardWith(
  dir: string,
  options: Parameters<typeof aRun>[1],
  instance_id?: string,
): Promise<string> {
  const run = await aRun(join(dir, "other"), {
    seed: 1,
    config: { users: 5 },
    shard: { index: 2, count: 2 },
    ...options,
  });
  await recordInstance(run, { ...(instance_id && { instance_id }) });
  await run.finalize();
  return run.path;
}

for (const [name, message, prepare, code = "MERGE_REFUSED"] of REFUSALS) {
  test(`mergeRuns() refuses ${name}, and changes nothing`, () =>
    withTempDir(async (dir) => {
      const paths: string[] = [];
      for (const index of [1, 2]) {
        const shard = await aRun(dir, {
          seed: 1,
          config: { users: 5 },
          shard: { index, count: 2 },
        });
        await recordInstance(shard, { steps: [{}, {}] });
        await recordInstance(shard, {
          instance_id: index === 1 ? "mine" : "other",
        });
        await shard.finalize();
        paths.push(shard.path);
      }
      await using _live = await prepare(paths, dir) ?? undefined;
      const before = await tree(dir);
      await assert.rejects(mergeRuns(paths), { code, message });
      assert.deepEqual(await tree(dir), before);
    }));
}

async function tree(dir: string): Promise<string[]> {
  return (await readdir(dir, { recursive: true }))
    .filter((name) => !name.endsWith(".lock")).sort();
}

test("a line that is not in the order of the format, or another run's, is refused", () =>
  withTempDir(async (dir) => {
    const shard = await aRun(dir, { shard: { index: 1, count: 1 } });
    await recordInstance(shard, { steps: [{}, {}] });
    await shard.finalize();
    // As a crash leaves it: it has no seal that would tell.
    await unlink(join(shard.path, "summary.json"));
    const file = join(shard.path, "steps.jsonl");
    const text = await readFile(file, "utf8");
    for (
      const changed of [
        text.replace('"run_id":"run_1.', '"run_id":"run_2.'),
        text.replace(/{("instance_id":"[^"]+"),("run_id":"[^"]+")/, "{$2,$1"),
      ]
    ) {
      assert.notEqual(changed, text);
      await writeFile(file, changed);
      await assert.rejects(mergeRuns([shard.path]), {
        code: "CORRUPT_LINE",
        message: /line 1 does not begin with "instance_id" and the "run_id"/,
        line: 1,
        offset: 0,
      });
      assert.ok(!existsSync(join(dir, "run_1")));
    }
  }));

test("mergeRuns() merges what there is, where that is allowed, and says so", () =>
  withTempDir(async (dir) => {
    const shards = await recordShards(dir, 4);
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

test("a crash at any operation leaves no half run, and the next merge works", () =>
  withTempDir(async (dir) => {
    const paths: string[] = [];
    for (const index of [1, 2]) {
      const shard = await aRun(dir, { shard: { index, count: 2 } });
      await recordInstance(shard, {
        steps: [{ request: { index } }],
        completion: index === 1 ? undefined : false,
      });
      await shard.finalize();
      paths.push(shard.path);
    }
    const system = await runtimeFileSystem();
    let crashes = 0;
    for (let crashAt = 0;; crashAt++) {
      const run_id = `merged_${crashAt}`;
      const { fs, isDead } = crashing(system, crashAt);
      await mergeRuns(paths, { run_id, fs }).catch(() => {});
      const path = join(dir, run_id);
      // There whole or not at all.
      if (existsSync(path)) await assertValid(path);
      const listed = [];
      for await (const run of listRuns(dir)) listed.push(run);
      assert.equal(
        listed.some((one) => one.path === path),
        existsSync(path),
      );
      if (!isDead()) {
        assert.ok(existsSync(path));
        break;
      }
      crashes++;
      if (!existsSync(path)) await mergeRuns(paths, { run_id });
      await assertValid(path);
    }
    assert.ok(crashes > 40, `${crashes} operations`);
  }));

/** A file system that does nothing any more from its n-th change on. */
function crashing(fs: FileSystem, crashAt: number) {
  let operations = 0;
  const step = <T>(action: () => Promise<T>): Promise<T> =>
    operations++ >= crashAt ? Promise.reject(new Error("crashed")) : action();
  const crashingFs: FileSystem = {
    ...forwarding(fs),
    open: (path, mode, permissions) =>
      step(async () => {
        const handle = await fs.open(path, mode, permissions);
        return {
          ...handle,
          write: (bytes) => step(async () => await handle.write(bytes)),
          sync: () => step(() => handle.sync()),
          syncData: () => step(() => handle.syncData()),
          truncate: (size) => step(() => handle.truncate(size)),
          close: () => handle.close(),
        };
      }),
    makeDir: (path, permissions) => step(() => fs.makeDir(path, permissions)),
    ensureDir: (path) => step(() => fs.ensureDir(path)),
    rename: (from, to) => step(() => fs.rename(from, to)),
    link: (from, to) => step(() => fs.link!(from, to)),
    remove: (path) => step(() => fs.remove(path)),
    syncDir: (path) => step(() => fs.syncDir(path)),
    // Its lock must look like a dead one: see below.
    identity: async () => ({ ...await fs.identity(), pid: 999_999_999 }),
  };
  return { fs: crashingFs, isDead: () => operations > crashAt };
}

test("nothing that was made is not durable when the run gets its name", () =>
  withTempDir(async (dir) => {
    const shard = await aRun(dir, { shard: { index: 1, count: 1 } });
    await recordInstance(shard, { steps: [{ request: { a: 1 } }] });
    await shard.finalize();
    const system = await runtimeFileSystem();
    const { link: _, ...fs } = forwarding(system);
    const dirty = new Set<string>();
    let renamed = false;
    const parent = (path: string) => path.slice(0, path.lastIndexOf("/"));
    const watched: FileSystem = {
      ...fs,
      open: async (path, mode, permissions) => {
        const handle = await system.open(path, mode, permissions);
        if (mode === "create-new") dirty.add(parent(path));
        return {
          ...handle,
          write: (bytes) => {
            dirty.add(path);
            return handle.write(bytes);
          },
          sync: async () => {
            await handle.sync();
            dirty.delete(path);
          },
        };
      },
      makeDir: async (path, permissions) => {
        await system.makeDir(path, permissions);
        dirty.add(parent(path)).add(path);
      },
      rename: async (from, to) => {
        if (to === join(dir, "run_1")) {
          renamed = true;
          const left = [...dirty].filter((path) => path.includes("/run"));
          assert.deepEqual(left.filter((path) => path.startsWith(from)), []);
        }
        await system.rename(from, to);
        dirty.add(parent(to));
      },
      syncDir: async (path) => {
        const result = await system.syncDir(path);
        dirty.delete(path);
        return result;
      },
    };
    await mergeRuns([shard.path], { fs: watched });
    assert.ok(renamed);
    assert.ok(!dirty.has(dir), "the directory of the runs is synced last");
  }));

test("mergeRuns() refuses options that it does not know", () =>
  withTempDir(async () => {
    await assert.rejects(mergeRuns([], { allowMising: true } as never), {
      code: "INVALID_OPTION",
      message: /did you mean "allowMissing"/,
    });
    await assert.rejects(mergeRuns("runs" as never), {
      code: "INVALID_OPTION",
      message: /"paths" must be a list of run directories/,
    });
  }));
