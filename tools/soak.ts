/**
 * The crash, fault, kill and take-over tests again and again, with new seeds
 * each time, beside full disks, liveness, copies of live runs, fuzzed runs and bit flips:
 * `npm run soak -- <minutes>` (default 10). Stops at the first failure, which
 * names its seed. `SIM_SEEDS`, `KILLS`, `COPY_ROUNDS` and `SEAL_FLIPS` set
 * the size of a round.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { ROOT } from "../tests/support/runtimes.ts";

const TESTS = [
  "sim/crash_test",
  "sim/take_over_test",
  "system/kill_test",
  "system/disk_trouble_test",
  "system/writer_liveness_test",
  "system/live_copy_test",
  "system/fuzz_runs_test",
  "repair/take_over_test",
  "seal/seal_run_test",
];

const minutes = Number(process.argv[2] ?? 10);
const seeds = Number(process.env.SIM_SEEDS ?? 20);
const kills = Number(process.env.KILLS ?? 100);
const flips = Number(process.env.SEAL_FLIPS ?? 5000);
const endMs = Date.now() + minutes * 60_000;

let seed = Number(process.env.SIM_SEED ?? Date.now() % 1_000_000);
let rounds = 0;
do {
  console.log(`\n## round ${++rounds}: SIM_SEED=${seed} SIM_SEEDS=${seeds}`);
  const { status } = spawnSync(
    process.execPath,
    ["tools/test.ts", ...TESTS],
    {
      cwd: ROOT,
      stdio: "inherit",
      env: {
        ...process.env,
        TEST_SHARE: "1/1",
        SIM_SEED: String(seed),
        SIM_SEEDS: String(seeds),
        SEED: String(seed),
        TEST_SEED: String(seed),
        KILLS: String(kills),
        COPY_ROUNDS: process.env.COPY_ROUNDS ?? "10",
        SEAL_FLIPS: String(flips),
      },
    },
  );
  if (status !== 0) {
    console.error(`\nFailed with SIM_SEED=${seed} SIM_SEEDS=${seeds}`);
    process.exit(1);
  }
  seed += seeds;
} while (Date.now() < endMs);
console.log(`\n${rounds} rounds, no failure`);
