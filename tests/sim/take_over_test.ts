import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { isOwnCase } from "../support/share.ts";
import { takeOverEverywhere } from "./take_over.ts";

const CASES = [
  { durability: "instance", seed: 1 },
  { durability: "record", seed: 7 },
  { durability: "instance", seed: 7 },
  { durability: "record", seed: 1 },
] as const;

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
