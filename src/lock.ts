/**
 * The lock of a run: a file that lives as long as its writer does, and names it.
 *
 * @module
 */
import { prettyJson } from "./atomic_file.ts";
import { writeAll } from "./byte_sink.ts";
import type { FileSystem, ProcessIdentity } from "./file_system.ts";
import { readFile } from "./read_file.ts";

/** The content of the lock file. */
export interface LockHolder extends ProcessIdentity {
  /** When the lock was taken: UTC, ISO 8601 with milliseconds and `Z`. */
  since: string;
}

/** Takes the lock: fails with `EEXIST` where someone has it. */
export async function takeLock(
  fs: FileSystem,
  path: string,
  since: string,
): Promise<void> {
  const holder: LockHolder = { ...await fs.identity(), since };
  const handle = await fs.open(path, "create-new");
  try {
    await writeAll(handle, new TextEncoder().encode(prettyJson(holder)));
  } finally {
    await handle.close();
  }
}

/**
 * Who holds the lock, and whether that process still runs (`undefined` where
 * that cannot be told); `undefined` where there is no lock.
 */
export async function lockHolder(
  fs: FileSystem,
  path: string,
): Promise<{ holder: LockHolder; running: boolean | undefined } | undefined> {
  if (!await fs.stat(path)) return undefined;
  const text = new TextDecoder().decode(await readFile(fs, path));
  try {
    const holder: LockHolder = JSON.parse(text);
    return { holder, running: await fs.isRunning(holder) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // Power was lost while it was written: nobody holds it.
    const holder = { pid: 0, host: null, started: null, since: "" };
    return { holder, running: false };
  }
}
