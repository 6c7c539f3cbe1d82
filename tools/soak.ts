/**
 * The crash, fault and kill tests again and again, with new seeds each time:
 * `npm run soak -- <minutes>` (default 10). Stops at the first failure, which
 * names its seed. `SIM_SEEDS` and `KILLS` set the size of a round.
 */
import { spawnSync } from "node:child_process";
import process from "node:process";
import { ROOT } from "../tests/support/runtimes.ts";

const minutes = Number(process.argv[2] ?? 10);
const seeds = Number(process.env.SIM_SEEDS ?? 20);
const kills = Number(process.env.KILLS ?? 100);
const endMs = Date.now() + minutes * 60_000;

let seed = Number(process.env.SIM_SEED ?? Date.now() % 1_000_000);
let rounds = 0;
do {
  console.log(`\n## round ${++rounds}: SIM_SEED=${seed} SIM_SEEDS=${seeds}`);
  const { status } = spawnSync(
    process.execPath,
    ["tools/test.ts", "sim/crash_test", "system/kill_test"],
    {
      cwd: ROOT,
      stdio: "inherit",
      env: {
        ...process.env,
        TEST_SHARE: "1/1",
        SIM_SEED: String(seed),
        SIM_SEEDS: String(seeds),
        SEED: String(seed),
        KILLS: String(kills),
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
