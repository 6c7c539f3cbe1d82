/** A clock that is set by hand, so that a recording is the same every time. */
import { runtimeFileSystem } from "../../src/adapters/mod.ts";
import { clock } from "../../src/time/clock.ts";

/** Runs `body` with it: `pass` lets so many milliseconds go by. */
export async function withHandClock<T>(
  start: string,
  body: (pass: (ms: number) => void) => Promise<T>,
): Promise<T> {
  await runtimeFileSystem(); // It may bring a clock.
  const { nowMs: now, monotonicMs } = clock;
  let nowMs = Date.parse(start);
  clock.nowMs = () => nowMs;
  clock.monotonicMs = () => nowMs;
  try {
    return await body((ms) => nowMs += ms);
  } finally {
    clock.nowMs = now;
    clock.monotonicMs = monotonicMs;
  }
}
