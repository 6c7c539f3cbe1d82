/**
 * Brings the files of a run that broke off to whole lines.
 *
 * @module
 */
import { join } from "@std/path/join";
import { recordFiles, type RunPaths } from "../format/layout.ts";
import type { Manifest } from "../format/records.ts";
import type { RunScan } from "../record/internal.ts";
import { TEMPORARY_SUFFIX } from "../storage/atomic_file.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import type { RunLock } from "../storage/lock.ts";
import { fileSize, findTornTail } from "../storage/torn_tail.ts";
import { assertNotNeeded, findDamage } from "./damage.ts";
import { replaceByCopy, replaceOpenArtifacts } from "./replace_files.ts";
import { scanRun } from "./scan_run.ts";
import {
  cut,
  instanceOf,
  type SavedDamage,
  type SavedTail,
} from "./cut_file.ts";

/** A run whose files end with whole lines. */
export interface RepairedRun {
  /** What its lines hold. */
  scan: RunScan;
  /** Torn tails that were cut. */
  tornTails: SavedTail[];
  /** Damaged parts that were cut. */
  damage: SavedDamage[];
}

/**
 * Makes the names of the files durable. They may exist in memory alone: without
 * this, a second crash could take what the first one left, after it was reported.
 */
export async function syncNames(fs: FileSystem, path: string): Promise<void> {
  for (const dir of [join(path, ".."), path]) {
    await writeGuard(dir, () => fs.syncDir(dir));
  }
}

/**
 * Brings the JSONL files of a run to whole lines, durably. The caller has the
 * lock.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, before anything is changed;
 * `READ_FAILED`, `WRITE_FAILED`
 */
export async function repair(
  fs: FileSystem,
  paths: RunPaths,
  manifest: Manifest,
  lock: RunLock,
  { setAside = false }: { setAside?: boolean },
): Promise<RepairedRun> {
  const files = recordFiles(paths);
  if (await readGuard(paths.started, () => fs.stat(paths.started))) {
    files.push(paths.started);
  }
  for (const file of files) await syncFile(fs, file);
  if (lock.tookOver) {
    for (const file of files) await replaceByCopy(fs, file);
  }
  const damage: SavedDamage[] = [];
  const scan = await scanRun(fs, paths, manifest).catch(async (error) => {
    if (error?.code !== "CORRUPT_LINE") throw error;
    const found = await findDamage(fs, paths);
    if (!setAside) assertNotNeeded(found);
    for (const { neededBy, ...part } of found) {
      const savedAs = await cut(fs, paths, manifest.run_id, part);
      damage.push({ ...part, instanceIds: [...neededBy].sort(), savedAs });
    }
    return await scanRun(fs, paths, manifest);
  });
  if (lock.tookOver) await replaceOpenArtifacts(fs, paths, scan);
  const tornTails: SavedTail[] = [];
  for (const file of files) {
    const tail = await findTornTail(fs, file);
    if (!tail) continue;
    const instance_id = await instanceOf(fs, tail);
    const savedAs = await cut(fs, paths, manifest.run_id, tail);
    tornTails.push({ ...tail, instance_id, savedAs });
  }
  return { scan, tornTails, damage };
}

async function syncFile(fs: FileSystem, file: string): Promise<void> {
  await fileSize(fs, file);
  await writeGuard(file, async () => {
    const handle = await fs.open(file, "append");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

/** Removes what an interrupted atomic write left beside its target. */
export async function removeTemporaries(
  fs: FileSystem,
  paths: RunPaths,
): Promise<void> {
  for (
    const path of [
      paths.manifest,
      paths.summary,
      ...recordFiles(paths),
      paths.started,
    ]
  ) {
    const left = path + TEMPORARY_SUFFIX;
    await writeGuard(left, async () => {
      if (await fs.stat(left)) await fs.remove(left);
    });
  }
}
