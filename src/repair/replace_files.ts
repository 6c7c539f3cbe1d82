/**
 * Replaces files with copies, so that a writer that lost its run cannot write to
 * them.
 *
 * @module
 */
import { join } from "@std/path/join";
import { movedFrom, type RunPaths } from "../format/layout.ts";
import type { RunScan } from "../record/internal.ts";
import {
  type AtomicWriteOptions,
  TEMPORARY_SUFFIX,
  writeAtomically,
} from "../storage/atomic_file.ts";
import type { DirectoryEntry, FileSystem } from "../storage/file_system.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import { fileBytes } from "../storage/read_file.ts";

/** Leaves a writer that may still live no file to write into. */
export async function replaceByCopy(
  fs: FileSystem,
  file: string,
  options: AtomicWriteOptions = {},
): Promise<void> {
  await writeGuard(
    file,
    () => writeAtomically(fs, file, fileBytes(fs, file, 0), options),
  );
}

/** Does so for the artifacts of instances that did not complete. */
export async function replaceOpenArtifacts(
  fs: FileSystem,
  { artifacts, summary }: RunPaths,
  { completed }: RunScan,
): Promise<void> {
  // Not beside the file: an artifact may have any name. `removeTemporaries` knows it.
  const temporary = summary + TEMPORARY_SUFFIX;

  if (!await readGuard(artifacts, () => fs.stat(artifacts))) return;
  const dirs = await entriesOf(fs, artifacts);
  for (const { name, isDirectory } of dirs) {
    if (!isDirectory || completed.has(name) || movedFrom(name)) continue;
    const dir = join(artifacts, name);
    for (const file of await entriesOf(fs, dir)) {
      if (!file.isFile) continue;
      await replaceByCopy(fs, join(dir, file.name), { temporary });
    }
  }
}

/** The entries of a directory that is about to change. */
async function entriesOf(
  fs: FileSystem,
  dir: string,
): Promise<DirectoryEntry[]> {
  return await readGuard(dir, async () => {
    const entries: DirectoryEntry[] = [];
    for await (const entry of fs.list(dir)) entries.push(entry);
    return entries;
  });
}
