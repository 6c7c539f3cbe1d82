/** The event loop, counted in turns. */

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

/**
 * Runs `body` with a clock and timers that depend on nothing but what `body`
 * does, so that it goes the same way each time. A millisecond is a turn.
 */
export async function withSimulatedClock<T>(
  body: () => Promise<T>,
): Promise<T> {
  const { setTimeout } = globalThis;
  const { now } = Date;
  const performanceNow = performance.now;
  const startMs = Date.UTC(2024, 0, 15, 12);
  let nowMs = startMs;
  Date.now = () => nowMs += 1;
  performance.now = () => nowMs - startMs;
  globalThis.setTimeout = ((callback: () => void, delayMs = 0) => {
    turns(1 + delayMs).then(callback);
  }) as unknown as typeof setTimeout;
  try {
    return await body();
  } finally {
    Date.now = now;
    performance.now = performanceNow;
    globalThis.setTimeout = setTimeout;
  }
}
