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
 * The file system to use: the one that is given, or the runtime's. Relative paths
 * are below the working directory of now, whatever becomes of it later; what
 * fails for a moment only is tried again.
 *
 * @throws {ArtifactError} `UNSUPPORTED_RUNTIME`
 */
export async function fileSystemOf(
  given: FileSystem | undefined,
): Promise<FileSystem> {
  return patient(anchored(given ?? await runtimeFileSystem()));
}
