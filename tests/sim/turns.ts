/** The event loop, counted in turns. */
import { runtimeFileSystem } from "../../src/adapters/mod.ts";
import { clock as ownClock } from "../../src/time/clock.ts";
import { timers as ownTimers } from "../../src/time/timers.ts";

/** A promise that is never settled: what a dead process is told. */
export function never(): Promise<never> {
  return new Promise(() => {});
}

/** Lets so many turns of the event loop pass. */
export async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await new Promise<void>((resolve) => nextTurn(resolve));
  }
}

/** Lets so many microtasks pass. */
export async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await null;
}

function nextTurn(callback: () => void): void {
  (globalThis as unknown as { setImmediate(callback: () => void): void })
    .setImmediate(callback);
}

let clock = ownClock;
let timers = ownTimers;

/** Simulates the time of another copy of the library than this: of that `mod.ts`. */
export async function simulateTimeOf(mod: string): Promise<void> {
  ({ clock } = await import(new URL("src/time/clock.ts", mod).href));
  ({ timers } = await import(new URL("src/time/timers.ts", mod).href));
}

/**
 * Runs `body` with a clock and timers that depend on nothing but what `body`
 * does, so that it goes the same way each time. A millisecond is a turn.
 */
export async function withSimulatedClock<T>(
  body: () => Promise<T>,
): Promise<T> {
  await runtimeFileSystem(); // It may bring a clock.
  const { setTimeout } = timers;
  const { nowMs: now, monotonicMs } = clock;
  const startMs = Date.UTC(2024, 0, 15, 12);
  let nowMs = startMs;
  clock.nowMs = () => nowMs += 1;
  clock.monotonicMs = () => nowMs - startMs;
  timers.setTimeout = ((callback: () => void, delayMs = 0) => {
    turns(1 + delayMs).then(callback);
  }) as unknown as typeof setTimeout;
  try {
    return await body();
  } finally {
    clock.nowMs = now;
    clock.monotonicMs = monotonicMs;
    timers.setTimeout = setTimeout;
  }
}
