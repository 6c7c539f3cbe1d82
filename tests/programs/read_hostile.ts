/**
 * Reads and verifies a damaged run, and prints how much memory that took:
 * `read_hostile.ts <run>`.
 */
import { readFile } from "node:fs/promises";
import process from "node:process";
import { openRun, verifyRun } from "../../mod.ts";

const path = process.argv[2]!;
let damage = 0;
const onDamage = () => void damage++;
try {
  const run = await openRun(path, { onDamage });
  for await (const _ of run.steps());
  await run.instance("inst_001");
} catch {
  damage++;
}
const { problems } = await verifyRun(path);
const status = await readFile("/proc/self/status", "utf8");
const peakMb = Math.round(Number(/VmHWM:\s*(\d+)/.exec(status)![1]) / 1000);
console.log(JSON.stringify({ peakMb, problems: damage + problems.length }));
