/**
 * Links or copies the artifact files of runs into another one.
 *
 * @module
 */
import { join } from "@std/path/join";
import { ArtifactError, systemCode } from "../errors.ts";
import { isSystemFile, type RunPaths } from "../format/layout.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { fileBytes } from "../storage/read_file.ts";
import { writeAll } from "../storage/write_all.ts";

/** Maximum number of directories that are worked on at once. */
const AT_ONCE = 16;

/** Number of artifact files, by how they were taken over. */
export interface MergedArtifacts {
  /** Files that share their bytes with those of the shards: hard links. */
  linked: number;
  /** Files that were copied. */
  copied: number;
}

/** A run, and how its files are reached. */
export interface RunFiles {
  fs: FileSystem;
  paths: RunPaths;
}

/**
 * Links the artifact files of a run into another, or copies them where that is
 * not possible. Syncs what it copied, and no directory: see
 * {@linkcode syncArtifacts}.
 *
 * @throws {ArtifactError} `MERGE_REFUSED` where two runs have a directory of the
 * same name, `CORRUPT_FILE` where there is a link or a device
 */
export async function mergeArtifacts(
  source: RunFiles,
  target: RunFiles,
  counts: MergedArtifacts,
): Promise<void> {
  const from = source.paths.artifacts;
  if (!await source.fs.stat(from)) return;
  await eachInGroups(source.fs.list(from), async ({ name, isDirectory }) => {
    if (isSystemFile(name)) return;
    if (!isDirectory) throw notOne(join(from, name), "a directory");
    const dir = join(target.paths.artifacts, name);
    await makeDir(target.fs, dir, name);
    for await (const file of source.fs.list(join(from, name))) {
      if (isSystemFile(file.name)) continue;
      const path = join(from, name, file.name);
      if (!file.isFile) throw notOne(path, "a file");
      await linkOrCopy(
        source.fs,
        path,
        target.fs,
        join(dir, file.name),
        counts,
      );
    }
  });
}

/** Makes durable which artifact files a run has. */
export async function syncArtifacts({ fs, paths }: RunFiles): Promise<void> {
  await eachInGroups(fs.list(paths.artifacts), async ({ name }) => {
    await fs.syncDir(join(paths.artifacts, name));
  });
  await fs.syncDir(paths.artifacts);
}

/** Works on some items at once, of which there may be any number. */
async function eachInGroups<T>(
  items: AsyncIterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const group: Promise<void>[] = [];
  // Waits for all of them, also where one fails: then what they made is removed.
  const ended = async () => {
    for (const result of await Promise.allSettled(group.splice(0))) {
      if (result.status === "rejected") throw result.reason;
    }
  };
  try {
    for await (const item of items) {
      const working = work(item);
      working.catch(() => {}); // `ended` reports it.
      group.push(working);
      if (group.length === AT_ONCE) await ended();
    }
  } finally {
    await ended();
  }
}

async function makeDir(
  fs: FileSystem,
  path: string,
  name: string,
): Promise<void> {
  try {
    await fs.makeDir(path);
  } catch (cause) {
    if (systemCode(cause) !== "EEXIST") throw cause;
    throw new ArtifactError(
      "MERGE_REFUSED",
      `Cannot merge: two runs have artifacts in a directory "${name}"`,
      { file: path, cause },
    );
  }
}

async function linkOrCopy(
  fromFs: FileSystem,
  from: string,
  toFs: FileSystem,
  to: string,
  counts: MergedArtifacts,
): Promise<void> {
  if (toFs.link) {
    try {
      await toFs.link(from, to);
      counts.linked++;
      return;
    } catch {
      // Another file system, too many links, none at all: copy, which reports why it fails.
    }
  }
  const handle = await toFs.open(to, "create-new");
  try {
    for await (const bytes of fileBytes(fromFs, from, 0)) {
      await writeAll(handle, bytes);
    }
    await handle.sync();
  } finally {
    await handle.close();
  }
  counts.copied++;
}

function notOne(path: string, expected: string): ArtifactError {
  return new ArtifactError(
    "CORRUPT_FILE",
    `Cannot merge "${path}": it is not ${expected}`,
    { file: path },
  );
}
