import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createRun, openRun, resumeRun } from "../../mod.ts";
import { withTempDir } from "../support/temp_dir.ts";

async function shardOf(dir: string, index: number, count: number) {
  return await createRun({
    dir,
    run_id: "nightly",
    sut_name: "shop",
    shard: { index, count },
  });
}

test("shards give the ids that one writer gives where work is dealt out in turn", () =>
  withTempDir(async (dir) => {
    const ids: string[] = [];
    const shards = [];
    for (const index of [1, 2, 3]) shards.push(await shardOf(dir, index, 3));
    for (let round = 0; round < 3; round++) {
      for (const shard of shards) {
        const instance = shard.startInstance({ scenario_id: "checkout" });
        ids.push(instance.instance_id);
        await instance.complete({ passed: true });
      }
    }
    for (const shard of shards) await shard.finalize();
    assert.deepEqual(
      ids,
      Array.from({ length: 9 }, (_, i) => `inst_00${i + 1}`),
    );
    const past = await openRun(join(dir, "nightly.shard-2-of-3"));
    assert.deepEqual(past.manifest.shard, { index: 2, count: 3 });
  }));

test("a resumed shard goes on in its own numbers", () =>
  withTempDir(async (dir) => {
    const shard = await shardOf(dir, 2, 4);
    for (let i = 0; i < 3; i++) {
      await shard.startInstance({ scenario_id: "checkout" }).complete();
    }
    await shard[Symbol.asyncDispose]();
    const resumed = await resumeRun(shard.path);
    const next = resumed.startInstance({ scenario_id: "checkout" });
    assert.equal(next.instance_id, "inst_014"); // After 2, 6 and 10.
    assert.throws(
      () =>
        resumed.startInstance({ scenario_id: "c", instance_id: "inst_014" }),
      {
        code: "INVALID_RECORD",
        message: /which another instance of the run has/,
      },
    );
    await next.complete();
    await resumed.finalize();
  }));

test("an id of one's own must not be one that another shard counts", () =>
  withTempDir(async (dir) => {
    await using shard = await shardOf(dir, 1, 2);
    assert.throws(
      () => shard.startInstance({ scenario_id: "c", instance_id: "inst_004" }),
      {
        code: "INVALID_RECORD",
        message: /which another shard of the run counts/,
      },
    );
    const own = shard.startInstance({
      scenario_id: "c",
      instance_id: "inst_003",
    });
    await own.complete();
    const counted = [1, 2].map(() => shard.startInstance({ scenario_id: "c" }));
    assert.deepEqual(counted.map((i) => i.instance_id), [
      "inst_001",
      "inst_005",
    ]);
    for (const instance of counted) await instance.complete();
  }));

test("shards of one day take the same number, and the next run the next one", () =>
  withTempDir(async (dir) => {
    const names: string[] = [];
    for (let run = 0; run < 2; run++) {
      for (const index of [1, 2]) {
        const shard = await createRun({
          dir: dir,
          sut_name: "shop",
          shard: { index, count: 2 },
        });
        names.push(shard.run_id.replace(/^run_\d+_/, ""));
        await shard.finalize();
      }
    }
    assert.deepEqual(names, [
      "001.shard-1-of-2",
      "001.shard-2-of-2",
      "002.shard-1-of-2",
      "002.shard-2-of-2",
    ]);
  }));

for (
  const [shard, message] of [
    [{ index: 3, count: 2 }, /"shard" must have an index from 1 to its count$/],
    [{ index: 0, count: 2 }, /"shard.index" must/],
    [{ index: 1.5, count: 2 }, /"shard.index" must/],
    [{ index: 1, total: 2 }, /"shard.count" is missing/],
    [{ index: 1, count: 2, of: 1 }, /"shard.of" is not an option/],
  ] as const
) {
  test(`createRun() refuses the shard ${JSON.stringify(shard)}`, () =>
    withTempDir(async (dir) => {
      await assert.rejects(
        createRun({ dir: dir, sut_name: "shop", shard: shard as never }),
        { code: "INVALID_OPTION", message },
      );
    }));
}
