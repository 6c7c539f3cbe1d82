/** What a measurement needs of the machine. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Measures in a directory of its own, which goes with all that is in it. */
export async function inTempDir<T>(
  measure: (dir: string) => Promise<T>,
): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "windtunnel-bench-"));
  try {
    return await measure(dir);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Memory of the process, in a measure that all three runtimes have. */
export function rss_mb(): number {
  return process.memoryUsage().rss / 1e6;
}
