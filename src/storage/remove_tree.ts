/**
 * Removes a directory with all it holds.
 *
 * @module
 */
import { join } from "@std/path/join";
import type { FileSystem } from "./file_system.ts";

/** Removes a directory and what is in it, and follows no link; none is fine. */
export async function removeTree(fs: FileSystem, path: string): Promise<void> {
  if (!await fs.stat(path)) return;
  const entries = [];
  for await (const entry of fs.list(path)) entries.push(entry);
  for (const { name, isDirectory } of entries) {
    const inside = join(path, name);
    if (isDirectory) await removeTree(fs, inside);
    else await fs.remove(inside);
  }
  await fs.remove(path);
}
