/** How late recording makes the event loop, at a steady 50,000 steps a second. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Appender, Contender } from "./contender.ts";
import { nothing } from "./files.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { appendStep } from "./ours.ts";
import { poolFileSystem } from "./pool_files.ts";
import { stepOf } from "./records.ts";
import { DELAY_MS } from "./sizes.ts";
import { sonicBoomSync } from "./sonic_boom.ts";
import { quantile } from "./stats.ts";

const STEPS_PER_S = 50_000;
const BUSY_DISK = fileURLToPath(new URL("busy_disk.ts", import.meta.url));

/** How late a timer of 1 ms came. */
export interface Delay {
  p50Ms: number;
  p99Ms: number;
  maxMs: number;
}

/** By disk, and by contender. */
export type Delays = Record<"quiet" | "busy", Record<string, Delay>>;

export async function delay(): Promise<Delays> {
  const contenders: Contender[] = [
    nothing,
    appendStep("`appendStep`, as it is", "written"),
    appendStep("`appendStep`, writes through the pool", "written", {
      fs: await poolFileSystem(),
    }),
    appendStep('`appendStep`, `"record"`', "synced", { durability: "record" }),
    sonicBoomSync,
  ];
  const delays: Delays = { quiet: {}, busy: {} };
  for (const disk of ["quiet", "busy"] as const) {
    for (const contender of contenders) {
      delays[disk][contender.name] = await withTempDir(async (dir) => {
        const child = disk === "busy"
          // Node, whatever runs this: the same load for all.
          ? spawn("node", [BUSY_DISK, join(dir, "load")], { stdio: "inherit" })
          : undefined;
        try {
          return await measure(contender, dir);
        } finally {
          await stop(child);
        }
      });
    }
  }
  return delays;
}

async function measure(contender: Contender, dir: string): Promise<Delay> {
  const appender = await contender.open(dir);
  await record(appender, 500, []); // Warms up.
  const lateMs: number[] = [];
  const steps = await record(appender, DELAY_MS, lateMs);
  await appender.close();
  const stepsPerS = Math.round(1000 * steps / DELAY_MS);
  if (stepsPerS < 0.9 * STEPS_PER_S) {
    throw new Error(
      `Cannot measure ${contender.name}: only ${stepsPerS} steps a second were recorded`,
    );
  }
  return {
    p50Ms: quantile(lateMs, 0.5),
    p99Ms: quantile(lateMs, 0.99),
    maxMs: quantile(lateMs, 1),
  };
}

/** Appends what is due, each record from an event of its own. */
async function record(
  appender: Appender,
  lengthMs: number,
  lateMs: number[],
): Promise<number> {
  const startMs = performance.now();
  let given = 0;
  let pending = 0;
  let failure: unknown;
  const give = () => {
    pending++;
    Promise.resolve(appender.append(stepOf(given++))).then(
      () => pending--,
      (error) => failure ??= error,
    );
  };
  let dueMs = startMs + 1;
  const timer = setInterval(() => {
    const nowMs = performance.now();
    lateMs.push(Math.max(0, nowMs - dueMs));
    dueMs = nowMs + 1;
  }, 1);
  while (performance.now() < startMs + lengthMs) {
    const due = (performance.now() - startMs) * STEPS_PER_S / 1000;
    // As many as came in meanwhile, and no flood after a pause.
    for (let n = Math.min(due - given, 1000); n >= 1; n--) setImmediate(give);
    await new Promise((resolve) => setTimeout(resolve, 0));
    if (failure) throw failure;
  }
  clearInterval(timer);
  while (pending > 0 && !failure) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (failure) throw failure;
  return given;
}

async function stop(child: ChildProcess | undefined): Promise<void> {
  if (!child) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}
