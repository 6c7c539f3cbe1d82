import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { isOwnCase } from "../support/share.ts";
import { takeOverEverywhere } from "./take_over.ts";

const { SIM_SEED, SIM_SEEDS = 1 } = process.env;
const SEEDS = SIM_SEED === undefined
  ? [1, 7]
  : Array.from({ length: Number(SIM_SEEDS) }, (_, i) => Number(SIM_SEED) + i);

const CASES = SEEDS.flatMap((seed, i) => {
  const cases = [
    { durability: "instance", seed },
    { durability: "record", seed },
  ] as const;
  // Each part of the runtimes gets both levels.
  return i % 2 === 0 ? cases : cases.toReversed();
});

for (const { durability, seed } of CASES.filter((_, i) => isOwnCase(i))) {
  test(`a run at "${durability}" may be taken over at every operation, seed ${seed}`, async (t) => {
    const { found, taken, operations } = await takeOverEverywhere({
      library,
      durability,
      seed,
    });
    t.diagnostic(`taken over at ${taken} of ${operations}`);
    assert.deepEqual(found, []);
    assert(taken > operations / 2, `${taken} of ${operations}`);
  });
}
