/**
 * Reads a run while it goes on.
 *
 * @module
 */
import * as v from "valibot";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import type { RunPaths } from "../format/layout.ts";
import {
  badLines,
  LineParser,
  onCorruptLineOption,
  type ParsedBlock,
  type ReadLinesOptions,
} from "./line_parser.ts";
import { LineReader } from "../storage/line_reader.ts";
import { fileSize } from "../storage/torn_tail.ts";
import { linesOf, type RecordKind } from "./record_kinds.ts";
import { SignalOption } from "../check/options.ts";
import { timers } from "../time/timers.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";

/** How {@linkcode RunReader.follow} follows. */
export interface FollowOptions extends ReadLinesOptions {
  /** Ends it, without an error. */
  signal?: AbortSignal;
}

/** What {@linkcode FollowOptions} may hold. */
export const FollowOptionsSchema: v.GenericSchema<FollowOptions> = v
  .strictObject({
    onCorruptLine: v.optional(onCorruptLineOption()),
    signal: SignalOption,
  });

/** A record, and which one it is. */
export type FollowedRecord =
  | {
    /** From `instances.jsonl`. */
    kind: "instance";
    /** The record. */
    record: InstanceRecord;
  }
  | {
    /** From `steps.jsonl`. */
    kind: "step";
    /** The record. */
    record: StepRecord;
  }
  | {
    /** From `assertions.jsonl`. */
    kind: "assertion";
    /** The record. */
    record: AssertionRecord;
  };

/**
 * How long a follower waits at most before it looks again by itself. The system
 * mostly reports a change earlier, but networked directories and containers often
 * do not.
 */
const WAIT_MS_MAX = 100;

/**
 * The records of a run, a block at a time, until it has its summary and all were
 * given, or the signal fires.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
 */
export async function* followRun(
  fs: FileSystem,
  paths: RunPaths,
  options: FollowOptions & { signal: AbortSignal },
): AsyncGenerator<FollowedRecord[]> {
  const { signal } = options;
  const changes = new Changes(fs, paths.run, signal);
  const instances = new FollowedFile(fs, paths, "instance", options);
  const records = [
    new FollowedFile(fs, paths, "step", options),
    new FollowedFile(fs, paths, "assertion", options),
  ];
  try {
    while (!signal.aborted) {
      const seen = changes.count;
      // First, for nothing is written after it.
      const finalized = await readGuard(
        paths.summary,
        () => fs.stat(paths.summary),
      );
      // An instance line is written after those of its steps and assertions: it
      // is read before them, and given after them.
      const completed = await instances.next(finalized !== undefined);
      let isIdle = completed === undefined;
      for (const file of records) {
        // No further: a writer may be faster than its reader.
        const size = await file.size();
        while (file.offset < size && !signal.aborted) {
          const block = await file.next(finalized !== undefined);
          if (!block) break; // The rest is not a whole line.
          isIdle = false;
          yield* give(file.kind, block);
        }
      }
      if (completed && !signal.aborted) yield* give("instance", completed);
      if (!isIdle) continue;
      if (finalized) return;
      await changes.after(seen);
    }
  } finally {
    changes.close();
    for (const file of [instances, ...records]) await file.close();
  }
}

type Block = ParsedBlock<FollowedRecord["record"]>;

function* give(
  kind: RecordKind,
  { records, corrupt }: Block,
): Generator<FollowedRecord[]> {
  if (records.length > 0) {
    yield records.map((record) => ({ kind, record }) as FollowedRecord);
  }
  if (corrupt) throw corrupt;
}

/** One file that is followed. */
class FollowedFile {
  readonly kind: RecordKind;
  readonly #fs: FileSystem;
  readonly #file: string;
  readonly #parser: LineParser<FollowedRecord["record"]>;
  #lines: LineReader | undefined;
  /** Where the file ended when there was no whole line, and there was a piece. */
  #tornTo = 0;

  constructor(
    fs: FileSystem,
    paths: RunPaths,
    kind: RecordKind,
    options: ReadLinesOptions,
  ) {
    this.kind = kind;
    this.#fs = fs;
    const lines = linesOf(paths, kind);
    this.#file = lines.file;
    this.#parser = new LineParser({ ...lines, ...badLines(options) });
  }

  /** Where the next block begins. */
  get offset(): number {
    return this.#lines?.offset ?? 0;
  }

  /** How long the file is by now. */
  size(): Promise<number> {
    return fileSize(this.#fs, this.#file);
  }

  /**
   * The next block; `undefined` where there is no whole line by now. A long line
   * that comes in pieces is read when its end is there, and not for each piece.
   *
   * @param isWhole Whether nothing is written any more.
   */
  async next(isWhole: boolean): Promise<Block | undefined> {
    const lines = this.#lines ??= await LineReader.open(this.#fs, this.#file);
    const size = await this.size();
    if (size < this.#tornTo || isWhole) this.#tornTo = 0;
    if (this.#tornTo > 0) {
      const from = this.#tornTo;
      this.#tornTo = size;
      if (size === from || !await lines.hasNewlineFrom(from)) return undefined;
    }
    const block = await lines.next();
    this.#tornTo = block ? 0 : size;
    return block && this.#parser.parse(block);
  }

  async close(): Promise<void> {
    await this.#lines?.close();
  }
}

/** Waits for something to happen in a directory. */
class Changes {
  /** How many changes were reported. */
  count = 0;
  readonly #signal: AbortSignal;
  #wake: () => void = () => {};
  readonly #unwatch: (() => void) | undefined;

  constructor(fs: FileSystem, dir: string, signal: AbortSignal) {
    this.#signal = signal;
    const onChange = () => {
      this.count++;
      this.#wake();
    };
    try {
      this.#unwatch = fs.watch?.(dir, onChange);
    } catch {
      // Such as too many watches: looking now and then is what is left.
    }
    signal.addEventListener("abort", onChange, { once: true });
  }

  /** Waits for a change after the first `seen`, or a little while. */
  async after(seen: number): Promise<void> {
    if (this.count !== seen || this.#signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = timers.setTimeout(resolve, WAIT_MS_MAX);
    await promise;
    timers.clearTimeout(timer);
  }

  close(): void {
    this.#unwatch?.();
  }
}
