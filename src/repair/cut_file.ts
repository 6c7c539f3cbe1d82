/**
 * Cuts a torn tail or a damaged part off a file, and keeps the bytes beside the run.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import type { RunPaths } from "../format/layout.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import { fileBytes } from "../storage/read_file.ts";
import type { TornTail } from "../storage/torn_tail.ts";

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

/**
 * Cuts a file at an offset, and saves the bytes before, durably.
 *
 * @returns The file that has them now.
 */
export async function cut(
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

/** A line starts with its instance, so a torn one mostly still has it. */
export async function instanceOf(
  fs: FileSystem,
  tail: TornTail,
): Promise<string | null> {
  for await (const bytes of tornBytes(fs, tail)) {
    const start = new TextDecoder().decode(bytes.subarray(0, 1000));
    return /^\{"instance_id":"([^"\\]+)"/.exec(start)?.[1] ?? null;
  }
  return null;
}
