/**
 * Recovery: the torn tail is put aside and cut, and the run is closed as
 * interrupted.
 *
 * @module
 */
import {
  instancesInFlight,
  keepIncompleteStarts,
  type RunScan,
} from "../record/internal.ts";
import type { InstanceInFlight } from "../record/mod.ts";
import { FileModeOption, FileSystemOption } from "../storage/options.ts";
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import * as v from "valibot";
import {
  type AtomicWriteOptions,
  TEMPORARY_SUFFIX,
  writeAtomically,
} from "../storage/atomic_file.ts";
import { prettyJson } from "../json/value.ts";
import { timestamp } from "../format/timestamp.ts";
import { confineTo } from "../storage/confined.ts";
import type { DirectoryEntry, FileSystem } from "../storage/file_system.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import {
  movedFrom,
  recordFiles,
  type RunPaths,
  runPaths,
} from "../format/layout.ts";
import { type RunLock, takeLock } from "../storage/lock.ts";
import { fileSize, findTornTail, type TornTail } from "../storage/torn_tail.ts";
import { fileBytes } from "../storage/read_file.ts";
import { assertOptions, assertPath } from "../check/options.ts";
import type { Manifest, Summary } from "../format/records.ts";
import { readManifest, readSummary, runPermissions } from "../read/internal.ts";
import type { OpenRunOptions } from "../read/mod.ts";
import { fileSystemOf } from "../adapters/mod.ts";
import { sealRun } from "../seal/mod.ts";
import { assertNotNeeded, findDamage } from "./damage.ts";
import { scanRun } from "./scan_run.ts";

/** How {@linkcode recoverRun} recovers. */
export interface RecoverRunOptions extends Pick<OpenRunOptions, "fs"> {
  /**
   * Permissions of new files, as for `createRun`: torn bytes are put aside.
   * Default: those of the manifest.
   */
  mode?: number;
  /**
   * Takes the run over from a writer of which it is not known here whether it
   * lives, as on another machine or in another container. It acknowledges nothing
   * from then on. Default: only after a minute without its heartbeat.
   */
  takeOver?: boolean;
  /**
   * Sets a damaged part of a file aside also where completed instances have
   * records in it: they are lost to the run, and the report names the instances.
   * Default: then the recovery refuses.
   */
  setAside?: boolean;
}

const RecoverRunOptionsSchema: v.GenericSchema<RecoverRunOptions> = v
  .strictObject({
    fs: FileSystemOption,
    mode: v.optional(FileModeOption),
    takeOver: v.optional(v.boolean()),
    setAside: v.optional(v.boolean()),
  });

/** A torn tail that was cut. */
export interface SavedTail extends TornTail {
  /** The instance whose line was torn, where enough of it is there to tell. */
  instance_id: string | null;
  /** The file next to the run that has the torn bytes now. */
  savedAs: string;
}

/** A damaged part of a file that was set aside: from a bad line to its end. */
export interface SavedDamage {
  /** The file. */
  file: string;
  /** Number of the bad line, from 1. */
  line: number;
  /** Byte offset of that line. */
  offset: number;
  /** Number of bytes from there on. */
  bytes: number;
  /** What is wrong with the line. */
  message: string;
  /** Completed instances that have lost records: none, unless that was allowed. */
  instanceIds: string[];
  /** The file next to the run that has the bytes now. */
  savedAs: string;
}

/** What {@linkcode recoverRun} found and did. */
export interface RecoveryReport {
  /** Id of the run. */
  run_id: string;
  /** Whether there was nothing to do: the run had its summary. */
  alreadyFinalized: boolean;
  /** The summary, which counts what was kept. */
  summary: Summary;
  /** Instances that began and never completed. */
  instancesInFlight: InstanceInFlight[];
  /** Torn tails that were cut, and where their bytes are. */
  tornTails: SavedTail[];
  /** Damaged parts that were cut, and where their bytes are. */
  damage: SavedDamage[];
}

/**
 * Makes a run whole that its writer left: puts torn bytes aside (into files
 * next to the run; nothing is deleted), cuts them off, and writes the summary
 * with status `"interrupted"`, counted anew from the lines. Where a line before the
 * tail is damaged, the file is cut from there on, as long as no completed instance
 * has a record in that part. A run that has its summary is left as it is, so calling it again changes nothing; neither does
 * a crash in the middle.
 *
 * @example
 * ```ts
 * import { createRun, openRun, recoverRun } from "@windtunnel/artifacts";
 * import { rm } from "node:fs/promises";
 * import { join } from "node:path";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 * await rm(join(run.path, "summary.json")); // As a crash before it leaves the run.
 *
 * const { summary } = await recoverRun(run.path);
 * console.log(summary.status, summary.total_instances); // interrupted 1
 * console.log((await openRun(run.path)).state); // interrupted
 * ```
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_LOCKED` where its writer still runs;
 * `CORRUPT_LINE` where completed instances need what is damaged, and nothing was
 * changed;
 * `RUN_NOT_FOUND`, `CORRUPT_FILE`, `UNSUPPORTED_VERSION`, `READ_FAILED`,
 * `WRITE_FAILED`
 */
export async function recoverRun(
  path: string,
  options: RecoverRunOptions = {},
): Promise<RecoveryReport> {
  assertPath("recoverRun", path);
  assertOptions("recoverRun", RecoverRunOptionsSchema, options);
  const system = await fileSystemOf(options.fs);
  const mode = options.mode ?? await runPermissions(system, runPaths(path));
  const fs = confineTo(system, path, mode);
  const paths = runPaths(path);
  const manifest = await readManifest(fs, paths);
  const lock = await writeGuard(
    path,
    () => takeLock(fs, path, timestamp(), options),
  );
  try {
    await syncNames(fs, path);
    // First: a writer that was taken over must not make one a summary after it
    // was looked for.
    await removeTemporaries(fs, paths);
    const finalized = await readSummary(fs, paths);
    const { scan, tornTails, damage } = finalized
      ? { scan: undefined, tornTails: [], damage: [] }
      : await repair(fs, paths, manifest, lock, options);
    const fence = () => lock.assertHeld();
    let summary = finalized;
    if (!summary) {
      await writeGuard(
        paths.started,
        () => keepIncompleteStarts(fs, paths.started, scan!.completed, fence),
      );
      summary = scan!.tally.summary(
        manifest,
        "interrupted",
        scan!.lastTimestamp,
        startedCount(scan!),
        await readGuard(path, () => sealRun(fs, paths)),
      );
      await writeGuard(
        paths.summary,
        () =>
          writeAtomically(fs, paths.summary, prettyJson(summary!), { fence }),
      );
    }
    return {
      run_id: manifest.run_id,
      alreadyFinalized: finalized !== null,
      summary,
      instancesInFlight: scan ? instancesInFlight(scan) : [],
      tornTails,
      damage,
    };
  } finally {
    await writeGuard(path, () => lock.release());
  }
}

/** Instances that have a line in `started.jsonl`, and none that completed them. */
function startedCount({ inFlight }: RunScan): number {
  return [...inFlight.values()].filter(({ start }) => start !== null).length;
}

/**
 * Makes durable which files there are. What is seen of a crashed run may be in
 * memory alone: without this, a second crash could take what the first one
 * left, after it was reported.
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
  { setAside = false }: Pick<RecoverRunOptions, "setAside">,
): Promise<Pick<RecoveryReport, "tornTails" | "damage"> & { scan: RunScan }> {
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

/** Leaves a writer that may still live no file to write into. */
async function replaceByCopy(
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
async function replaceOpenArtifacts(
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

/**
 * Cuts a file at an offset, and saves the bytes before, durably.
 *
 * @returns The file that has them now.
 */
async function cut(
  fs: FileSystem,
  paths: RunPaths,
  run_id: string,
  tail: TornTail,
): Promise<string> {
  const savedAs = await save(fs, paths, run_id, tail);
  await writeGuard(tail.file, async () => {
    const handle = await fs.open(tail.file, "append");
    try {
      await handle.truncate(tail.offset);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return savedAs;
}

/** `run_1.steps.jsonl.118.torn`, and so on with a number where that is another's. */
async function save(
  fs: FileSystem,
  paths: RunPaths,
  run_id: string,
  tail: TornTail,
): Promise<string> {
  const stem = join(
    paths.run,
    "..",
    `${run_id}.${basename(tail.file)}.${tail.offset}`,
  );
  for (let number = 1;; number++) {
    const file = number === 1 ? `${stem}.torn` : `${stem}.${number}.torn`;
    const left = await readGuard(file, () => fs.stat(file));
    if (!left) {
      await writeGuard(
        file,
        () => writeAtomically(fs, file, tornBytes(fs, tail)),
      );
      return file;
    }
    // A recovery that crashed before it cut left it. Its name is durable: that
    // is the first thing that this one saw to.
    if (left.size === tail.bytes && await isCopy(fs, file, tail)) return file;
  }
}

async function isCopy(
  fs: FileSystem,
  file: string,
  tail: TornTail,
): Promise<boolean> {
  const saved = fileBytes(fs, file, 0);
  try {
    for await (const torn of tornBytes(fs, tail)) {
      const { value: copy } = await readGuard(file, () => saved.next());
      if (torn.some((byte, i) => byte !== copy?.[i])) return false;
    }
    return true;
  } finally {
    await saved.return(undefined);
  }
}

/** @throws {ArtifactError} `READ_FAILED` */
async function* tornBytes(
  fs: FileSystem,
  { file, offset }: TornTail,
): AsyncGenerator<Uint8Array> {
  const blocks = fileBytes(fs, file, offset);
  try {
    for (;;) {
      const { done, value } = await readGuard(file, () => blocks.next());
      if (done) return;
      yield value;
    }
  } finally {
    await blocks.return(undefined);
  }
}

/** A line starts with its instance, so a torn one mostly still tells it. */
async function instanceOf(
  fs: FileSystem,
  tail: TornTail,
): Promise<string | null> {
  for await (const bytes of tornBytes(fs, tail)) {
    const start = new TextDecoder().decode(bytes.subarray(0, 1000));
    return /^\{"instance_id":"([^"\\]+)"/.exec(start)?.[1] ?? null;
  }
  return null;
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
