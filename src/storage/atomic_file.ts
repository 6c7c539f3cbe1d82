/**
 * Writes files atomically and durably.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { writeAll } from "./write_all.ts";
import type { FileSystem } from "./file_system.ts";

/** Suffix of the temporary file beside the target. */
export const TEMPORARY_SUFFIX = ".tmp";

/**
 * Writes a file so that it exists whole or not at all, whatever happens in
 * between: temporary file beside the target, sync, rename, sync of the
 * directory. It is durable when the promise resolves. A temporary file that an
 * earlier attempt left is replaced.
 *
 * @param temporary The temporary file, on the same file system.
 */
export async function writeAtomically(
  fs: FileSystem,
  path: string,
  content: string | AsyncIterable<Uint8Array>,
  temporary: string = path + TEMPORARY_SUFFIX,
): Promise<void> {
  const chunks = typeof content === "string"
    ? [new TextEncoder().encode(content)]
    : content;
  if (await fs.stat(temporary)) await fs.remove(temporary);
  const handle = await fs.open(temporary, "create-new");
  try {
    for await (const bytes of chunks) await writeAll(handle, bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await fs.rename(temporary, path);
  await fs.syncDir(dirname(path));
}
