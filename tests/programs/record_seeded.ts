/**
 * Records a seeded run, or the rest of one, and prints a line for each instance
 * that ends and the fingerprint:
 * `record_seeded.ts <dir> <run_id> <seed> <schedule> <concurrency> <instances>
 * [<shard> <shards>]`.
 */
import process from "node:process";
import { fingerprintRun, openRun } from "../../mod.ts";
import { recordSeeded } from "../support/seeded_run.ts";

const [dir, run_id, ...numbers] = process.argv.slice(2) as [string, string];
const [seed, schedule, concurrency, instances, index, count] = numbers.map(
  Number,
) as [number, number, number, number, number?, number?];
const path = await recordSeeded({
  dir,
  run_id,
  seed,
  schedule,
  concurrency,
  instances,
  ...(index && count && { shard: { index, count } }),
  onEnd: (number) => console.log(`ended ${number}`),
});
console.log(`fingerprint ${await fingerprintRun(await openRun(path))}`);
