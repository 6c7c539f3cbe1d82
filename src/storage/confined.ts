/**
 * Confines file access to a run directory: rejects links, pipes and devices.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { ArtifactError } from "../errors.ts";
import { forwarding } from "./forwarding.ts";
import type { FileSystem } from "./file_system.ts";

/** Directories that are remembered as checked: a tree may have any number. */
const KNOWN_DIRS_MAX = 1000;

/**
 * Returns a file system that follows no link inside a run directory, on write or
 * read, and opens regular files only: a run may come from a stranger. The run
 * directory itself may be a link, and so may the directories above it: the user
 * named them. Paths are checked before they are opened, so this does not guard
 * against a process that changes the tree at the same moment.
 *
 * @param run The run directory.
 * @param fileMode Permissions of new files; new directories can be searched by
 * those who may read. Default: what the umask leaves.
 */
export function confineTo(
  fs: FileSystem,
  run: string,
  fileMode?: number,
): FileSystem {
  // In the form that `dirname` returns: no separator at its end.
  const root = dirname(join(run, "_"));
  const knownDirs = new Set<string>();

  /** Throws where a path from the run directory down to `dir` is not a directory. */
  async function assertDir(dir: string): Promise<void> {
    for (const path of pathsBelow(root, dir)) {
      if (knownDirs.has(path)) return;
      const info = await fs.stat(path);
      if (!info) return; // Missing: the operation that follows fails.
      if (!info.isDirectory) throw notFollowed(path, "directory");
    }
    if (knownDirs.size === KNOWN_DIRS_MAX) knownDirs.clear();
    knownDirs.add(dir);
  }

  async function assertFile(path: string): Promise<void> {
    await assertDir(dirname(path));
    const info = await fs.stat(path);
    if (info && !info.isFile) throw notFollowed(path, "file");
  }

  return {
    ...forwarding(fs),
    async open(path, mode, permissions = fileMode) {
      // "create-new" fails where anything exists, even a link.
      if (mode === "create-new") await assertDir(dirname(path));
      else await assertFile(path);
      return await fs.open(path, mode, permissions);
    },
    async openRead(path) {
      await assertFile(path);
      return await fs.openRead(path);
    },
    async stat(path) {
      await assertDir(dirname(path));
      return await fs.stat(path);
    },
    async *list(path) {
      await assertDir(path);
      yield* fs.list(path);
    },
    async makeDir(path, permissions = directoryMode(fileMode)) {
      await assertDir(dirname(path));
      await fs.makeDir(path, permissions);
    },
    async rename(from, to) {
      await assertDir(dirname(from));
      await assertDir(dirname(to));
      knownDirs.clear();
      await fs.rename(from, to);
    },
    ...(fs.link && {
      async link(from: string, to: string) {
        await assertDir(dirname(to));
        await fs.link!(from, to);
      },
    }),
    async remove(path) {
      await assertDir(dirname(path));
      knownDirs.delete(path);
      await fs.remove(path);
    },
    async syncDir(path) {
      await assertDir(path);
      return await fs.syncDir(path);
    },
  };
}

/** Returns the permissions of a directory: who may read files may search it. */
export function directoryMode(
  fileMode: number | undefined,
): number | undefined {
  return fileMode && (fileMode | ((fileMode & 0o444) >> 2));
}

/** Returns `dir` and its parents below `root`; none where it is not below. */
function pathsBelow(root: string, dir: string): string[] {
  const paths: string[] = [];
  for (let path = dir; path !== root; path = dirname(path)) {
    if (path === dirname(path)) return [];
    paths.push(path);
  }
  return paths;
}

function notFollowed(
  path: string,
  expected: "file" | "directory",
): ArtifactError {
  return new ArtifactError(
    "CORRUPT_FILE",
    `Cannot use "${path}": it is not a ${expected}, and links in a run are not followed`,
    { file: path },
  );
}
