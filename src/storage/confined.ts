/**
 * A run directory may come from a stranger: the one owner of not being led out
 * of it.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { ArtifactError } from "../errors.ts";
import { forwarding } from "./forwarding.ts";
import type { FileSystem } from "./file_system.ts";

/** Directories that are remembered as such, for a tree may have any number. */
const KNOWN_DIRS_MAX = 1000;

/**
 * A file system that follows no link inside of a run directory, on write or on
 * read, and opens regular files alone: no pipe, no device. What is there is
 * looked at before it is opened, so this is no guard against a process that
 * changes the tree at the same moment. The run directory itself may be a link,
 * and so may what is above it: the user has named it.
 *
 * @param run The run directory.
 * @param fileMode Permissions of new files; directories may be searched by
 * those who may read. Default: what the umask leaves.
 */
export function confined(
  fs: FileSystem,
  run: string,
  fileMode?: number,
): FileSystem {
  // As `dirname` gives it: a slash at its end would hide what is below it.
  const root = dirname(join(run, "_"));
  const knownDirs = new Set<string>();

  /** Throws where one of the directories from the run down to `dir` is none. */
  async function enter(dir: string): Promise<void> {
    for (const inside of directoriesBelow(root, dir)) {
      if (knownDirs.has(inside)) return;
      const info = await fs.stat(inside);
      if (!info) return; // What comes next fails by itself.
      if (!info.isDirectory) throw notFollowed(inside, "directory");
    }
    if (knownDirs.size === KNOWN_DIRS_MAX) knownDirs.clear();
    knownDirs.add(dir);
  }

  async function assertFile(path: string): Promise<void> {
    await enter(dirname(path));
    const info = await fs.stat(path);
    if (info && !info.isFile) throw notFollowed(path, "file");
  }

  return {
    ...forwarding(fs),
    async open(path, mode) {
      // A new file is made where nothing is, not even a link.
      if (mode === "create-new") await enter(dirname(path));
      else await assertFile(path);
      return await fs.open(path, mode, fileMode);
    },
    async openRead(path) {
      await assertFile(path);
      return await fs.openRead(path);
    },
    async stat(path) {
      await enter(dirname(path));
      return await fs.stat(path);
    },
    async *list(path) {
      await enter(path);
      yield* fs.list(path);
    },
    async makeDir(path) {
      await enter(dirname(path));
      await fs.makeDir(path, directoryMode(fileMode));
    },
    async rename(from, to) {
      await enter(dirname(from));
      await enter(dirname(to));
      knownDirs.clear();
      await fs.rename(from, to);
    },
    async remove(path) {
      await enter(dirname(path));
      knownDirs.delete(path);
      await fs.remove(path);
    },
    async syncDir(path) {
      await enter(path);
      return await fs.syncDir(path);
    },
  };
}

/** Permissions of a directory: who may read files may search it. */
export function directoryMode(
  fileMode: number | undefined,
): number | undefined {
  return fileMode && (fileMode | ((fileMode & 0o444) >> 2));
}

/** `dir` and what is above it, below `root`; none where it is not below. */
function directoriesBelow(root: string, dir: string): string[] {
  const found: string[] = [];
  for (let at = dir; at !== root; at = dirname(at)) {
    if (at === dirname(at)) return [];
    found.push(at);
  }
  return found;
}

function notFollowed(
  path: string,
  wanted: "file" | "directory",
): ArtifactError {
  return new ArtifactError(
    "CORRUPT_FILE",
    `Cannot use "${path}": it is no ${wanted}, and links are not followed in a run`,
    { file: path },
  );
}
