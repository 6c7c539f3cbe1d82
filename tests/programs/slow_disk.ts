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

const rss_mb = () => process.memoryUsage().rss / 1e6;
const run = await createRun({ dir: process.argv[2], sut_name: "shop", fs });
const start_mb = rss_mb();
let peak_mb = start_mb;
let queued_bytes_max = 0;
const late_ms: number[] = [];
let due_ms = performance.now() + TIMER_MS;
const timer = setInterval(() => {
  const now_ms = performance.now();
  late_ms.push(Math.max(0, now_ms - due_ms));
  due_ms = now_ms + TIMER_MS;
  peak_mb = Math.max(peak_mb, rss_mb());
  queued_bytes_max = Math.max(queued_bytes_max, run.stats.queued_bytes);
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
late_ms.sort((a, b) => a - b);
console.log(JSON.stringify({
  instances: summary.total_instances,
  read,
  syncs,
  queued_bytes_max,
  rise_mb: Math.round(peak_mb - start_mb),
  timer_late_p50_ms: late_ms[Math.floor(late_ms.length / 2)],
  timer_late_p99_ms: late_ms[Math.floor(late_ms.length * 0.99)],
  timer_late_max_ms: late_ms.at(-1),
}));
