/**
 * The real timers, read once when the library is loaded: fake timers of a test
 * do not hold up a retry, a heartbeat or the limit of a request.
 *
 * @module
 */
import { genuine } from "./genuine.ts";

/** The timers of this process. The simulator puts its own functions in. */
export const timers: Pick<
  typeof globalThis,
  "setTimeout" | "clearTimeout" | "setInterval" | "clearInterval"
> = {
  setTimeout: genuine("setTimeout") ?? globalThis.setTimeout,
  clearTimeout: genuine("clearTimeout") ?? globalThis.clearTimeout,
  setInterval: genuine("setInterval") ?? globalThis.setInterval,
  clearInterval: genuine("clearInterval") ?? globalThis.clearInterval,
};

/** Waits. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void timers.setTimeout(resolve, ms));
}
