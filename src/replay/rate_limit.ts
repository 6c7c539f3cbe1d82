/**
 * Spreads calls over time.
 *
 * @module
 */
import type { ReplayExecutor, ReplayExecutors } from "./executor.ts";

/** Executors that begin at most so many steps each second, all together. */
export function rateLimited<E extends ReplayExecutor | ReplayExecutors>(
  execute: E,
  stepsPerSecond: number,
): E {
  let nextMs = 0;
  const wait = async (signal: AbortSignal) => {
    const now = performance.now();
    const atMs = Math.max(now, nextMs);
    nextMs = atMs + 1000 / stepsPerSecond;
    await sleep(atMs - now, signal);
  };
  const limited =
    (one: ReplayExecutor): ReplayExecutor => async (step, context) => {
      await wait(context.signal);
      return await one(step, context);
    };
  if (typeof execute === "function") return limited(execute) as E;
  return Object.fromEntries(
    Object.entries(execute).map(([type, one]) => [type, limited(one)]),
  ) as E;
}

/** Waits, and no longer than until the signal is aborted. */
export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}
