/**
 * What the file system throws, told as errors of this library.
 *
 * @module
 */
import { ArtifactError, messageOf } from "../errors.ts";

/** Runs a read of the file system; what fails there is `READ_FAILED`. */
export function readGuard<T>(
  file: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return guard("READ_FAILED", `Cannot read "${file}"`, file, action);
}

/** Runs a change of the file system; what fails there is `WRITE_FAILED`. */
export function writeGuard<T>(
  file: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return guard("WRITE_FAILED", `Cannot write "${file}"`, file, action);
}

async function guard<T>(
  code: "READ_FAILED" | "WRITE_FAILED",
  what: string,
  file: string,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof ArtifactError) throw cause;
    throw new ArtifactError(code, `${what}: ${messageOf(cause)}`, {
      file,
      cause,
    });
  }
}
