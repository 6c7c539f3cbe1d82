/**
 * Builds a run directory under another name, so that it appears whole or not at
 * all.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { ArtifactError, systemCode } from "../errors.ts";
import { timestamp } from "../format/timestamp.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { takeLock } from "../storage/lock.ts";
import { removeTree } from "../storage/remove_tree.ts";

/** Throws where a run is there already. */
export async function assertFree(fs: FileSystem, path: string): Promise<void> {
  if (await readGuard(path, () => fs.stat(path))) throw alreadyThere(path);
}

function alreadyThere(path: string, cause?: unknown): ArtifactError {
  return new ArtifactError(
    "RUN_EXISTS",
    `Cannot make the run "${path}": it exists already: choose another directory or run id`,
    { file: path, cause },
  );
}

/**
 * Makes a directory next to its final path, and moves it there when it is durable:
 * a crash leaves no part of it there. What an earlier crash left is removed first.
 *
 * @throws {ArtifactError} `RUN_EXISTS`, `RUN_LOCKED` where another process makes the
 * same run
 */
export async function makeAside<T>(
  fs: FileSystem,
  path: string,
  make: (aside: string) => Promise<T>,
): Promise<T> {
  const dir = dirname(path);
  const scratch = join(dir, `.${basename(path)}.new`);
  const aside = join(scratch, "run");
  await fs.makeDir(scratch).catch((error) => {
    if (systemCode(error) !== "EEXIST") throw error;
  });
  const lock = await takeLock(fs, scratch, timestamp(), {
    advice: `remove the directory "${scratch}"`,
  });
  try {
    await removeTree(fs, aside);
    const made = await make(aside);
    await assertFree(fs, path);
    await fs.rename(aside, path).catch(async (cause) => {
      throw await fs.stat(path) ? alreadyThere(path, cause) : cause;
    });
    await fs.syncDir(dir);
    return made;
  } finally {
    // Best effort, and the first error is the one to report: the next
    // attempt removes the rest.
    await removeTree(fs, aside).catch(() => {});
    await lock.release().catch(() => {});
    await fs.remove(scratch).catch(() => {});
  }
}
