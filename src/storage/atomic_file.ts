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

/** How a file is written atomically. */
export interface AtomicWriteOptions {
  /** The temporary file, on the same file system. Default: beside the target. */
  temporary?: string;
  /** Awaited before the target is replaced: throws where it must not be. */
  fence?: () => void | Promise<void>;
}

/**
 * Writes a file so that it exists whole or not at all, whatever happens in
 * between: temporary file beside the target, sync, rename, sync of the
 * directory. It is durable when the promise resolves. A temporary file that an
 * earlier attempt left is replaced.
 */
export async function writeAtomically(
  fs: FileSystem,
  path: string,
  content: string | AsyncIterable<Uint8Array>,
  { temporary = path + TEMPORARY_SUFFIX, fence }: AtomicWriteOptions = {},
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
  await fence?.();
  await fs.rename(temporary, path);
  await fs.syncDir(dirname(path));
}
