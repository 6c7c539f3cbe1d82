/**
 * Opens a run to change it, under its lock.
 *
 * @module
 */
import { fileSystemOf } from "../adapters/mod.ts";
import { type RunPaths, runPaths } from "../format/layout.ts";
import type { Manifest } from "../format/records.ts";
import { timestamp } from "../format/timestamp.ts";
import { readManifest, runPermissions } from "../read/internal.ts";
import { confineTo } from "../storage/confined.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { writeGuard } from "../storage/io_errors.ts";
import { type RunLock, takeLock } from "../storage/lock.ts";

/** A run whose lock is held. */
export interface LockedRun {
  /** The file system, confined to the run; new files get its permissions. */
  fs: FileSystem;
  /** Where its files are. */
  paths: RunPaths;
  /** Its manifest. */
  manifest: Manifest;
  /** The lock. */
  lock: RunLock;
}

/** How a run is locked. */
export interface LockRunOptions {
  /** Permissions of new files. Default: those of the manifest. */
  mode?: number;
  /** Takes over from a writer that may still live. */
  takeOver?: boolean;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

/**
 * Takes the lock of a run.
 *
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `RUN_LOCKED`, `CORRUPT_FILE`,
 * `UNSUPPORTED_VERSION`, `READ_FAILED`, `WRITE_FAILED`
 */
export async function lockRun(
  path: string,
  options: LockRunOptions,
): Promise<LockedRun> {
  const system = await fileSystemOf(options.fs);
  const paths = runPaths(path);
  const mode = options.mode ?? await runPermissions(system, paths);
  const fs = confineTo(system, path, mode);
  const manifest = await readManifest(fs, paths);
  const lock = await writeGuard(
    path,
    () => takeLock(fs, path, timestamp(), options),
  );
  return { fs, paths, manifest, lock };
}
