/**
 * How long and from which seed properties are tested: `FUZZ_RUNS` and
 * `FUZZ_SEED` of the environment; by default a share of the runs.
 */
import process from "node:process";
import { ownCount } from "./share.ts";

/** Parameters for `fc.assert`; prints the seed, to be given again. */
export function fuzzParameters(
  defaultRuns: number,
): { numRuns: number; seed: number } {
  const numRuns = Number(process.env.FUZZ_RUNS ?? ownCount(defaultRuns));
  const seed = Number(
    process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31),
  );
  console.log(`FUZZ_SEED=${seed} FUZZ_RUNS=${numRuns}`);
  return { numRuns, seed };
}
