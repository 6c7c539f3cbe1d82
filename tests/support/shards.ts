/** Shards of a run, to merge in tests. */
import assert from "node:assert/strict";
import {
  compareRuns,
  type CreateRunOptions,
  fingerprintRun,
  openRun,
  type RunWriter,
  verifyRun,
} from "../../mod.ts";
import { aRun } from "./run_builder.ts";

/** Creates shards 1 to `count` one after the other, records and finalizes each. */
export async function recordShards(
  dir: string,
  count: number,
  record: (shard: RunWriter, index: number) => Promise<unknown>,
  options: (index: number) => Partial<CreateRunOptions> = () => ({}),
): Promise<string[]> {
  const paths: string[] = [];
  for (let index = 1; index <= count; index++) {
    await using shard = await aRun(dir, {
      shard: { index, count },
      ...options(index),
    });
    await record(shard, index);
    await shard.finalize();
    paths.push(shard.path);
  }
  return paths;
}

/** Both runs are equal to `compareRuns`, and have the same fingerprint. */
export async function assertSame(a: string, b: string): Promise<void> {
  const [one, other] = [await openRun(a), await openRun(b)];
  assert.deepEqual((await compareRuns(one, other)).changes, []);
  assert.equal(await fingerprintRun(one), await fingerprintRun(other));
}

/** `verifyRun` finds no problem. */
export async function assertValid(path: string): Promise<void> {
  assert.deepEqual((await verifyRun(path)).problems, []);
}
