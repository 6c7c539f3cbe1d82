/**
 * Writes all bytes to a file, however short the single writes are.
 *
 * @module
 */
import { systemCode } from "../errors.ts";
import { sleep } from "../time/timers.ts";
import type { FileHandle } from "./file_system.ts";

/**
 * How often in a row a write may accept no byte, or ask to try again, before that
 * is an error. Progress resets the count.
 */
const STALLS_MAX = 100;

/**
 * Writes all bytes: continues after a short write, and retries, a bounded number
 * of times, where the system was interrupted before it accepted any.
 *
 * @returns `undefined` where all is written already; else resolves when it is.
 * @throws What the file throws at once.
 */
export function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
): Promise<void> | undefined {
  if (bytes.length === 0) return undefined;
  let taken: number | Promise<number>;
  try {
    taken = handle.write(bytes);
  } catch (error) {
    if (!isTransient(error)) throw error;
    taken = Promise.reject(error);
  }
  return taken === bytes.length ? undefined : writeRest(handle, bytes, taken);
}

/** @param first What the first write has answered. */
async function writeRest(
  handle: FileHandle,
  bytes: Uint8Array,
  first: number | Promise<number>,
): Promise<void> {
  let stalls = 0;
  let answer: number | Promise<number> | undefined = first;
  for (let done = 0; done < bytes.length; answer = undefined) {
    let taken = 0;
    try {
      answer ??= handle.write(done === 0 ? bytes : bytes.subarray(done));
      taken = typeof answer === "number" ? answer : await answer;
    } catch (error) {
      if (stalls === STALLS_MAX || !isTransient(error)) throw error;
    }
    if (!Number.isInteger(taken) || taken < 0 || taken > bytes.length - done) {
      throw new Error(`Invariant: a write accepted ${taken} bytes`);
    }
    if (taken > 0) {
      stalls = 0;
      done += taken;
    } else if (stalls++ === STALLS_MAX) {
      throw new Error(`The file accepted no byte in ${STALLS_MAX} writes`);
    } else if (stalls > 1) {
      await sleep(1);
    }
  }
}

/** Whether an error means that nothing was written and to try again. */
function isTransient(error: unknown): boolean {
  const code = systemCode(error);
  return code === "EINTR" || code === "EAGAIN";
}
