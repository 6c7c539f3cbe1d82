import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { takeOverEverywhere } from "./take_over.ts";

const SEEDS = [1, 7];

for (const durability of ["instance", "record"] as const) {
  test(`a run at "${durability}" may be taken over at every operation`, async (t) => {
    for (const seed of SEEDS) {
      const { found, taken, operations } = await takeOverEverywhere({
        library,
        durability,
        seed,
      });
      t.diagnostic(`seed ${seed}: taken over at ${taken} of ${operations}`);
      assert.deepEqual(found, [], `seed ${seed}`);
      assert(taken > operations / 2, `${taken} of ${operations}`);
    }
  });
}
