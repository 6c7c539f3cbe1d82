/**
 * The demo in several processes: each records a shard, one of them is killed and
 * goes on, and the shards are merged into one run.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type MergedRun, mergeRuns } from "../../mod.ts";
import { command, RUNTIME } from "../support/runtimes.ts";
import type { DemoOptions } from "./demo.ts";

const PROGRAM = fileURLToPath(new URL("shard.ts", import.meta.url));

/** The worker that is killed, after so many of its instances. */
const KILLED_INDEX = 2;
const KILLED_AFTER = 3;

/** Id of the run of one worker, as `createRun` derives it. */
export function shardRunId(
  run_id: string,
  index: number,
  count: number,
): string {
  return `${run_id}.shard-${index}-of-${count}`;
}

/**
 * Runs the demo in `workers` processes, and merges what they recorded. The second
 * worker is killed on the way, and started again.
 *
 * @param onInstance Hears of each instance that completed.
 */
export async function runWorkers(
  options: DemoOptions & { run_id: string },
  workers: number,
  onInstance: () => void = () => {},
): Promise<MergedRun> {
  const indices = Array.from({ length: workers }, (_, i) => i + 1);
  await Promise.all(indices.map(async (index) => {
    const args = [String(index), String(workers), JSON.stringify(options)];
    if (index === KILLED_INDEX) {
      await runWorker(args, onInstance, KILLED_AFTER);
    }
    await runWorker(args, onInstance);
  }));
  return await mergeRuns(
    indices.map((index) =>
      join(options.dir, shardRunId(options.run_id, index, workers))
    ),
    { dir: options.dir, run_id: options.run_id },
  );
}

/** @param killedAfter Kills it after so many instances. */
async function runWorker(
  args: string[],
  onInstance: () => void,
  killedAfter = Infinity,
): Promise<void> {
  const [program, all] = command(RUNTIME, PROGRAM, args);
  const child = spawn(program, all, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  let seen = 0;
  for await (const _ of createInterface({ input: child.stdout })) {
    onInstance();
    if (++seen === killedAfter) child.kill("SIGKILL");
  }
  const [code, signal] = await closed;
  if (code !== 0 && !(seen >= killedAfter && signal === "SIGKILL")) {
    throw new Error(`A worker ended with ${signal ?? `exit code ${code}`}`);
  }
}
