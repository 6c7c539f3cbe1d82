/**
 * Records on a disk that takes 50 ms for a sync, with a timer beside it that
 * notes how late it comes: `slow_disk.ts <dir>`.
 */
import process from "node:process";
import { createRun, type FileSystem, openRun } from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";

const SYNC_MS = 50;
const INSTANCES = 2000;
const PRODUCERS = 256;
const TIMER_MS = 5;

const disk = await runtimeFileSystem();
let syncs = 0;
const fs: FileSystem = {
  ...disk,
  async open(path, mode) {
    const handle = await disk.open(path, mode);
    return {
      ...handle,
      async syncData() {
        syncs++;
        await handle.syncData();
        await new Promise((resolve) => setTimeout(resolve, SYNC_MS));
      },
    };
  },
};

const rssMb = () => process.memoryUsage().rss / 1e6;
const run = await createRun({ dir: process.argv[2], sut_name: "shop", fs });
const startMb = rssMb();
let peakMb = startMb;
let queuedBytesMax = 0;
const lateMs: number[] = [];
let dueMs = performance.now() + TIMER_MS;
const timer = setInterval(() => {
  const nowMs = performance.now();
  lateMs.push(Math.max(0, nowMs - dueMs));
  dueMs = nowMs + TIMER_MS;
  peakMb = Math.max(peakMb, rssMb());
  queuedBytesMax = Math.max(queuedBytesMax, run.stats.queuedBytes);
}, TIMER_MS);

let started = 0;
await Promise.all(Array.from({ length: PRODUCERS }, async () => {
  while (started < INSTANCES) {
    started++;
    const one = run.startInstance({ scenario_id: "checkout" });
    for (let i = 0; i < 5; i++) {
      await one.step({
        step_name: "pay",
        step_type: "http",
        observation: { body: "x".repeat(300) },
      });
    }
    await one.complete();
  }
}));
clearInterval(timer);
const summary = await run.finalize();
const past = await openRun(run.path);
const read = (await Array.fromAsync(past.instances())).length;
lateMs.sort((a, b) => a - b);
console.log(JSON.stringify({
  instances: summary.total_instances,
  read,
  syncs,
  queuedBytesMax,
  riseMb: Math.round(peakMb - startMb),
  timerLateP50Ms: lateMs[Math.floor(lateMs.length / 2)],
  timerLateP99Ms: lateMs[Math.floor(lateMs.length * 0.99)],
  timerLateMaxMs: lateMs.at(-1),
}));
