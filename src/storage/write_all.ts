/**
 * A file handle as a web stream of bytes: the one place that loops on short
 * writes.
 *
 * @module
 */
import { systemCode } from "../errors.ts";
import type { FileHandle } from "./file_system.ts";

/**
 * How often in a row a write may take nothing, or be told to try again, before
 * that is an error. Progress starts the count anew.
 */
const STALLS_MAX = 100;

/**
 * A `WritableStream` over a file handle. A chunk's write resolves when the
 * operating system has taken every byte of it. The stream neither syncs nor
 * closes the file: its owner does.
 */
export function byteSink(handle: FileHandle): WritableStream<Uint8Array> {
  return new WritableStream({ write: (bytes) => writeAll(handle, bytes) });
}

/**
 * Writes all bytes: goes on after a short write, and tries again, a bounded
 * number of times, where the system was interrupted before it took anything.
 */
export async function writeAll(
  handle: FileHandle,
  bytes: Uint8Array,
): Promise<void> {
  let stalls = 0;
  for (let done = 0; done < bytes.length;) {
    let taken = 0;
    try {
      const answer = handle.write(done === 0 ? bytes : bytes.subarray(done));
      taken = typeof answer === "number" ? answer : await answer;
    } catch (error) {
      if (stalls === STALLS_MAX || !isTransient(error)) throw error;
    }
    if (!Number.isInteger(taken) || taken < 0 || taken > bytes.length - done) {
      throw new Error(`Invariant: a write took ${taken} bytes`);
    }
    if (taken > 0) {
      stalls = 0;
      done += taken;
    } else if (stalls++ === STALLS_MAX) {
      throw new Error(`The file took no byte in ${STALLS_MAX} writes`);
    } else if (stalls > 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}

/** An error that says "nothing was written, try again" and nothing else. */
function isTransient(error: unknown): boolean {
  const code = systemCode(error);
  return code === "EINTR" || code === "EAGAIN";
}
