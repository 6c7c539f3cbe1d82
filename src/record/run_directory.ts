/**
 * Makes the directory of a new run, with its files and its manifest.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { ArtifactError, messageOf, systemCode } from "../errors.ts";
import {
  DOCUMENT_BYTES_MAX,
  runId,
  runIdPrefix,
  type RunPaths,
  shardRunId,
  unshardedRunId,
} from "../format/layout.ts";
import type { Manifest, Shard } from "../format/records.ts";
import {
  isTooComplex,
  PARSED_DOCUMENT_BYTES_MAX,
} from "../json/parsed_size.ts";
import { prettyJson } from "../json/value.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import { directoryMode } from "../storage/confined.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { assertUnlocked, type RunLock, takeLock } from "../storage/lock.ts";
import type { RunFiles } from "./run_logs.ts";

/**
 * Makes the directory of the runs so that it, too, survives a power loss. One
 * that exists may have been made a moment ago by a process that has not synced
 * it yet: so every directory above it is synced either way.
 */
export async function ensureDurableDir(
  fs: FileSystem,
  dir: string,
): Promise<void> {
  try {
    await fs.ensureDir(dir);
    let below = dir;
    for (
      let above = dirname(below);
      above !== below;
      above = dirname(below)
    ) {
      await fs.syncDir(above);
      below = above;
    }
  } catch (error) {
    throw cannotCreate(dir, error);
  }
}

export async function claim(
  fs: FileSystem,
  dir: string,
  mode: number | undefined,
  run_id: string,
): Promise<string> {
  const path = join(dir, run_id);
  try {
    await fs.makeDir(path, directoryMode(mode));
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw cannotCreate(path, error);
    await readGuard(path, () => assertUnlocked(fs, path)).catch((error) => {
      // It cannot be opened, but it exists.
      if (error.code === "RUN_LOCKED") throw error;
    });
    throw new ArtifactError(
      "RUN_EXISTS",
      `Cannot create the run "${run_id}": "${path}" exists already: resume it with resumeRun(), or choose another run_id or dir`,
      { file: path, cause: error },
    );
  }
  return run_id;
}

/**
 * Claims the next free number of the day. A shard passes over the directories of
 * other shards, so that those of one run take the same number without
 * coordination.
 */
export async function claimNextId(
  fs: FileSystem,
  dir: string,
  mode: number | undefined,
  started_at: string,
  shard: Shard | null,
): Promise<string> {
  const prefix = runIdPrefix(started_at);
  let number = 1;
  await readGuard(dir, async () => {
    for await (const { name } of fs.list(dir)) {
      if (!name.startsWith(prefix)) continue;
      const run_id = unshardedRunId(name);
      // Shards beside each other take the same number.
      if (shard && name !== run_id && name !== shardRunId(run_id, shard)) {
        continue;
      }
      const taken = Number(run_id.slice(prefix.length));
      if (Number.isSafeInteger(taken)) number = Math.max(number, taken + 1);
    }
  });
  for (;; number++) {
    try {
      const run_id = shardRunId(runId(prefix, number), shard);
      return await claim(fs, dir, mode, run_id);
    } catch (error) {
      const lost = error instanceof ArtifactError &&
        (error.code === "RUN_EXISTS" || error.code === "RUN_LOCKED");
      if (!lost) throw error;
    }
  }
}

/**
 * Fills the claimed directory. The manifest comes last: where it can be read,
 * all the rest is there.
 */
export async function makeFiles(
  fs: FileSystem,
  paths: RunPaths,
  manifest: Manifest,
): Promise<{ files: RunFiles; lock: RunLock }> {
  const opened: FileHandle[] = [];
  const create = async (path: string): Promise<FileHandle> => {
    const handle = await fs.open(path, "create-new");
    opened.push(handle);
    return handle;
  };
  let lock: RunLock | undefined;
  try {
    lock = await takeLock(fs, paths.run, manifest.timestamp);
    await fs.makeDir(paths.artifacts);
    const files = {
      instances: await create(paths.instances),
      steps: await create(paths.steps),
      assertions: await create(paths.assertions),
      started: await create(paths.started),
    };
    // Durable names first: a file system may put the manifest's on the disk
    // before theirs.
    await fs.syncDir(paths.run);
    const text = prettyJson(manifest);
    const bytes = new TextEncoder().encode(text);
    if (
      bytes.length > DOCUMENT_BYTES_MAX ||
      isTooComplex(bytes, PARSED_DOCUMENT_BYTES_MAX)
    ) {
      throw new ArtifactError(
        "INVALID_OPTION",
        `Cannot create the run "${paths.run}": its manifest is longer than ${DOCUMENT_BYTES_MAX} bytes, or has too many values: give a smaller config`,
        { path: "config" },
      );
    }
    await writeAtomically(fs, paths.manifest, text);
    await fs.syncDir(dirname(paths.run));
    return { files, lock };
  } catch (error) {
    await Promise.allSettled(opened.map((handle) => handle.close()));
    await removeAttempt(fs, paths);
    // Its file is gone, or could not be removed: what is left is the heartbeat.
    await lock?.release().catch(() => {});
    throw cannotCreate(paths.run, error);
  }
}

/**
 * Best effort: what cannot be removed is a directory that is not a run. The
 * manifest goes first, durably: never does one stand without the files.
 */
async function removeAttempt(fs: FileSystem, paths: RunPaths): Promise<void> {
  try {
    if (await fs.stat(paths.manifest)) {
      await fs.remove(paths.manifest);
      await fs.syncDir(paths.run);
    }
    for await (const { name } of fs.list(paths.run)) {
      await fs.remove(join(paths.run, name));
    }
    await fs.remove(paths.run);
  } catch {
    // The first error is the one to report.
  }
}

function cannotCreate(path: string, cause: unknown): ArtifactError {
  if (cause instanceof ArtifactError) return cause;
  return new ArtifactError(
    "WRITE_FAILED",
    `Cannot create "${basename(path)}" at "${path}": ${messageOf(cause)}`,
    { file: path, cause },
  );
}
