/**
 * The real time, read once when the library is loaded: fake timers of a test
 * change neither what is recorded nor how long the library waits.
 *
 * @module
 */
import { genuine } from "./genuine.ts";

/** Where every time and duration of a run comes from. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  nowMs(): number;
  /** Milliseconds since some moment; never goes back. */
  monotonicMs(): number;
}

/** The clock of this process. The simulator puts its own functions in. */
export const clock: Clock = { nowMs: wallClock(), monotonicMs: stopwatch() };

/** Whether a function is the runtime's own: a spy has a source or no name. */
function isNative(fn: unknown, name: string): boolean {
  const source = Function.prototype.toString.call(fn);
  return source.startsWith(`function ${name}()`) &&
    source.includes("[native code]");
}

function wallClock(): () => number {
  const RealDate = genuineDate();
  // A test that spies on `Date.now` leaves `new Date()` as it is.
  return isNative(RealDate.now, "now")
    ? RealDate.now
    : () => new RealDate().getTime();
}

/** A fake class extends the real one, or is a proxy of it. */
function genuineDate(): DateConstructor {
  let found = Date;
  for (;;) {
    const parent = Object.getPrototypeOf(found);
    if (typeof parent?.now !== "function") break;
    found = parent;
  }
  const { constructor } = found.prototype;
  return isNative(constructor, "Date") ? constructor as DateConstructor : found;
}

/** Tests replace the object, or its own `now`: the one of its class is real. */
function stopwatch(): () => number {
  const performance = genuine("performance");
  if (!performance) return wallClock();
  const { now } = Object.getPrototypeOf(performance);
  if (typeof now === "function") return now.bind(performance);
  // Bun has no `now` in the class.
  return isNative(performance.now, "now")
    ? performance.now.bind(performance)
    : wallClock();
}
