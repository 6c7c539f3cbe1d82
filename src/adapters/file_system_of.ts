/**
 * The file system that a call uses.
 *
 * @module
 */
import { anchored } from "../storage/anchored.ts";
import { patient } from "../storage/patient.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { runtimeFileSystem } from "./runtime.ts";

/**
 * Returns the file system that is given, or the runtime's. Relative paths are
 * resolved against the working directory at this moment; a later `chdir` changes
 * nothing. Calls that fail only for a moment are retried.
 *
 * @throws {ArtifactError} `UNSUPPORTED_RUNTIME`
 */
export async function fileSystemOf(
  given: FileSystem | undefined,
): Promise<FileSystem> {
  return patient(anchored(given ?? await runtimeFileSystem()));
}
