/**
 * Files that are there whole or not at all.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { writeAll } from "./byte_sink.ts";
import type { FileHandle, FileSystem } from "./file_system.ts";

/** Suffix of the temporary file beside the target. */
export const TEMPORARY_SUFFIX = ".tmp";

/**
 * Writes a file so that it is there whole or not at all, whatever happens in
 * between: temporary file beside the target, sync, rename, sync of the
 * directory. Durable when it resolves. A temporary file that an earlier attempt
 * left behind is replaced.
 */
export async function writeAtomically(
  fs: FileSystem,
  path: string,
  content: string | Uint8Array,
): Promise<void> {
  await writeWhole(fs, path, content, (handle) => handle.sync());
  await fs.syncDir(dirname(path));
}

/**
 * Writes a file so that a reader sees it whole or not at all. That is no
 * promise for a power loss: {@linkcode writeAtomically} gives one.
 */
export async function writeWhole(
  fs: FileSystem,
  path: string,
  content: string | Uint8Array,
  beforeRename?: (handle: FileHandle) => Promise<void>,
): Promise<void> {
  const temporary = path + TEMPORARY_SUFFIX;
  if (await fs.stat(temporary)) await fs.remove(temporary);
  const handle = await fs.open(temporary, "create-new");
  try {
    await writeAll(
      handle,
      typeof content === "string" ? new TextEncoder().encode(content) : content,
    );
    await beforeRename?.(handle);
  } finally {
    await handle.close();
  }
  await fs.rename(temporary, path);
}

/** A value as the format writes whole JSON files: two spaces, final newline. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
