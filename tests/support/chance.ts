/** The random numbers of tests: printed as a seed, and repeated by `TEST_SEED=…`. */
import process from "node:process";
import { Random } from "../sim/random.ts";

const seed = Number(process.env.TEST_SEED ?? Date.now() % 1e9);
console.log(`# TEST_SEED=${seed}`);

export const chance: Random = new Random(seed);
