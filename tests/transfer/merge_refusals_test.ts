/** What `mergeRuns` refuses: it leaves everything as it was. */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import {
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { mergeRuns, type RunWriter } from "../../mod.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { recordShards } from "../support/shards.ts";
import { withTempDir } from "../support/temp_dir.ts";

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
    "a shard whose writer cannot be checked",
    /may still be written: .* counts as gone 60 seconds .* recover the run first, with takeOver/,
    async (paths) => {
      await rm(join(paths[1]!, "summary.json"));
      await writeFile(join(paths[1]!, "writer-00.lock"), "");
    },
  ],
  [
    "a merge beside one that cannot be checked",
    /if you know that it has gone, remove the directory ".*\.new"$/,
    async (_, dir) => {
      const scratch = join(dir, ".run_1.new");
      await mkdir(scratch);
      await writeFile(join(scratch, "writer-00.lock"), "");
    },
    "RUN_LOCKED",
  ],
  [
    "a line that was removed",
    /steps.jsonl" changed after .* has 1 lines, 2 were sealed/,
    async (paths) => {
      const file = join(paths[1]!, "steps.jsonl");
      const text = await readFile(file, "utf8");
      await writeFile(file, text.slice(text.indexOf("\n") + 1));
    },
  ],
  [
    "a torn file of a run that has ended",
    /steps.jsonl" changed after its run ended/,
    async (paths) => {
      const file = join(paths[1]!, "steps.jsonl");
      await writeFile(file, (await readFile(file, "utf8")).slice(0, -9));
    },
  ],
  [
    "a line of another run",
    /steps.jsonl" changed after its run ended/,
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
    /it exists already: choose another directory or run id/,
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
      const paths = await recordShards(dir, 2, async (shard, index) => {
        await recordInstance(shard, { steps: [{}, {}] });
        await recordInstance(shard, {
          instance_id: index === 1 ? "mine" : "other",
        });
      }, () => ({ seed: 1, config: { users: 5 } }));
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
    const [path] = await recordShards(
      dir,
      1,
      (shard) => recordInstance(shard, { steps: [{}, {}] }),
    );
    // As a crash leaves it: without a seal, which would detect the change.
    await unlink(join(path!, "summary.json"));
    const file = join(path!, "steps.jsonl");
    const text = await readFile(file, "utf8");
    for (
      const changed of [
        text.replace('"run_id":"run_1.', '"run_id":"run_2.'),
        text.replace(/{("instance_id":"[^"]+"),("run_id":"[^"]+")/, "{$2,$1"),
      ]
    ) {
      assert.notEqual(changed, text);
      await writeFile(file, changed);
      await assert.rejects(mergeRuns([path!]), {
        code: "CORRUPT_LINE",
        message: /line 1 does not begin with "instance_id" and the "run_id"/,
        line: 1,
        offset: 0,
      });
      assert.ok(!existsSync(join(dir, "run_1")));
    }
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
