/**
 * Finds damage before the end of a run's files, and what a completed instance would
 * lose with it.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import type { RunPaths } from "../format/layout.ts";
import type { InstanceRecord } from "../format/records.ts";
import { linesOf, recordBlocks, type RecordKind } from "../read/internal.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { fileBytes } from "../storage/read_file.ts";
import { NEWLINE } from "../storage/torn_tail.ts";
import { instancesWithLostSteps } from "./lost_steps.ts";

/** How many of the instances that need a damaged part are named. */
const NAMED_MAX = 5;

/** The part of a file from its first bad line on. */
export interface Damage {
  /** The file. */
  file: string;
  /** Number of its first bad line, from 1. */
  line: number;
  /** Byte offset of that line. */
  offset: number;
  /** Number of bytes from there to the end of the file. */
  bytes: number;
  /** What is wrong with it. */
  message: string;
  /** Completed instances that have records in it. */
  neededBy: ReadonlySet<string>;
}

interface MeasuredDamage extends Damage {
  neededBy: Set<string>;
  /** Number of its lines of which not even the instance can be read. */
  unknownLines: number;
}

/**
 * Finds the damaged parts of a run; none of one that is whole up to its torn tails.
 * The instance of a bad line is found by its beginning, else by missing steps.
 *
 * @throws {ArtifactError} `READ_FAILED`, `CORRUPT_FILE`
 */
export async function findDamage(
  fs: FileSystem,
  paths: RunPaths,
): Promise<Damage[]> {
  const completed = new InstanceIds();
  const found: MeasuredDamage[] = [];
  // Instances first: then it is known which of them completed.
  for (const kind of ["instance", "step", "assertion", "start"] as const) {
    const { file } = linesOf(paths, kind);
    if (!await readGuard(file, () => fs.stat(file))) continue;
    const bad = await firstBadLine(fs, paths, kind, completed);
    if (!bad) continue;
    found.push(await measure(fs, kind, file, bad, completed));
  }
  if (found.some(({ unknownLines }) => unknownLines > 0)) {
    const lost = await instancesWithLostSteps(fs, paths);
    for (const { file, neededBy } of found) {
      if (file !== paths.steps) continue;
      for (const instance_id of lost) neededBy.add(instance_id);
    }
  }
  return found.map(({ unknownLines: _, ...damage }) => damage);
}

/** Collects the completed instances on its way. */
async function firstBadLine(
  fs: FileSystem,
  paths: RunPaths,
  kind: RecordKind,
  completed: InstanceIds,
): Promise<ArtifactError | undefined> {
  try {
    const blocks = recordBlocks<InstanceRecord>(fs, linesOf(paths, kind));
    for await (const records of blocks) {
      if (kind !== "instance") continue;
      for (const { instance_id } of records) completed.add(instance_id);
    }
  } catch (error) {
    const isBadLine = error instanceof ArtifactError &&
      error.code === "CORRUPT_LINE";
    if (isBadLine) return error;
    throw error;
  }
}

async function measure(
  fs: FileSystem,
  kind: RecordKind,
  file: string,
  { line = 1, offset = 0, message }: ArtifactError,
  completed: InstanceIds,
): Promise<MeasuredDamage> {
  const neededBy = new Set<string>();
  let unknownLines = 0;
  let bytes = 0;
  await readGuard(file, async () => {
    /** The beginning of a line, as much as shows its instance. */
    let start = "";
    for await (const block of fileBytes(fs, file, offset)) {
      bytes += block.length;
      for (let at = 0; at < block.length;) {
        const newline = block.indexOf(NEWLINE, at);
        const end = newline === -1 ? block.length : newline;
        const room = Math.max(0, LINE_START_LENGTH - start.length);
        start += decoder.decode(block.subarray(at, Math.min(end, at + room)));
        at = end + 1;
        if (newline === -1) break; // A torn tail, or more of the line follows.
        const id = INSTANCE_ID.exec(start)?.[1];
        start = "";
        if (id === undefined) unknownLines++;
        else if (kind === "instance" || completed.has(id)) neededBy.add(id);
      }
    }
  });
  // What never completed needs nothing, and a bad instance line completes none.
  if (kind === "start") neededBy.clear();
  return { file, line, offset, bytes, message, neededBy, unknownLines };
}

/** How every line of the format begins. */
const INSTANCE_ID = /^\{"instance_id":"([^"\\]+)"/;
const LINE_START_LENGTH = 300;
const decoder = new TextDecoder("utf-8");

/**
 * Throws where completed instances need what is damaged.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`
 */
export function assertNotNeeded(damages: readonly Damage[]): void {
  for (const { file, line, offset, message, neededBy } of damages) {
    if (neededBy.size === 0) continue;
    const named = [...neededBy].sort().slice(0, NAMED_MAX).map((id) =>
      JSON.stringify(id)
    );
    const more = neededBy.size - named.length;
    if (more > 0) named.push(`${more} more`);
    throw new ArtifactError(
      "CORRUPT_LINE",
      `${message}; from there on the file has records of completed instances (${
        named.join(", ")
      }): setAside: true sets them aside with the rest`,
      { file, line, offset },
    );
  }
}
