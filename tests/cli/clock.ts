/** A clock that is set by hand, so that a recording is the same every time. */

/** Runs `body` with it: `pass` lets so many milliseconds go by. */
export async function withHandClock<T>(
  start: string,
  body: (pass: (ms: number) => void) => Promise<T>,
): Promise<T> {
  const { now } = Date;
  const performanceNow = performance.now;
  let nowMs = Date.parse(start);
  Date.now = () => nowMs;
  performance.now = () => nowMs;
  try {
    return await body((ms) => nowMs += ms);
  } finally {
    Date.now = now;
    performance.now = performanceNow;
  }
}
