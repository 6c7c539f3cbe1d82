/**
 * Records a seeded run, or the rest of one, and prints a line for each instance
 * that ends and the fingerprint:
 * `record_seeded.ts <dir> <run_id> <seed> <schedule> <concurrency> <instances>`.
 */
import process from "node:process";
import { fingerprintRun, openRun } from "../../mod.ts";
import { recordSeeded } from "../support/seeded_run.ts";

const [dir, run_id, ...numbers] = process.argv.slice(2) as [string, string];
const [seed, schedule, concurrency, instances] = numbers.map(Number) as [
  number,
  number,
  number,
  number,
];
const path = await recordSeeded({
  dir,
  run_id,
  seed,
  schedule,
  concurrency,
  instances,
  onEnd: (number) => console.log(`ended ${number}`),
});
console.log(`fingerprint ${await fingerprintRun(await openRun(path))}`);
