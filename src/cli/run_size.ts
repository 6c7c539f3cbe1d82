/**
 * What a run takes on the disk.
 *
 * @module
 */
import { join } from "@std/path/join";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { runtimeFileSystem } from "../adapters/mod.ts";

/** The length of all files below a directory, in bytes. */
export async function sizeOf(path: string): Promise<number> {
  const fs = await runtimeFileSystem();
  return await readGuard(path, () => sizeBelow(fs, path));
}

async function sizeBelow(fs: FileSystem, path: string): Promise<number> {
  let sum = 0;
  for await (const { name, isDirectory } of fs.list(path)) {
    const inner = join(path, name);
    sum += isDirectory
      ? await sizeBelow(fs, inner)
      : (await fs.stat(inner))?.size ?? 0; // Removed meanwhile.
  }
  return sum;
}
