/**
 * Turns errors of the file system into {@linkcode ArtifactError}s.
 *
 * @module
 */
import { ArtifactError, messageOf } from "../errors.ts";

/**
 * Runs a read of the file system.
 *
 * @throws {ArtifactError} `READ_FAILED`, or what `action` throws of its kind.
 */
export function readGuard<T>(
  file: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return guard("READ_FAILED", `Cannot read "${file}"`, file, action);
}

/**
 * Runs a change of the file system.
 *
 * @throws {ArtifactError} `WRITE_FAILED`, or what `action` throws of its kind.
 */
export function writeGuard<T>(
  file: string,
  action: () => T | Promise<T>,
): Promise<T> {
  return guard("WRITE_FAILED", `Cannot write "${file}"`, file, action);
}

async function guard<T>(
  code: "READ_FAILED" | "WRITE_FAILED",
  problem: string,
  file: string,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof ArtifactError) throw cause;
    throw new ArtifactError(code, `${problem}: ${messageOf(cause)}`, {
      file,
      cause,
    });
  }
}
