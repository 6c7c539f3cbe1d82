/**
 * One JSONL file of a run while it is recorded: what becomes of a record.
 *
 * @module
 */
import { Committer, type CommitterOptions } from "./committer.ts";
import { ArtifactError } from "./errors.ts";
import type { FileHandle } from "./file_system.ts";

/** What a {@linkcode RecordLog} does with its records. */
export interface RecordLogOptions<R> extends CommitterOptions {
  /** The longest line, in bytes. */
  record_bytes_max: number;
  /** Checks and encodes a record; throws where it is invalid. */
  lineOf: (record: R) => string;
  /**
   * What is to be done when the queue has taken a record, fixed now: its maker
   * may change the record before.
   */
  tallyOf: (record: R) => () => void;
}

/** A record that was checked and encoded, and waits for its turn. */
export interface PreparedRecord {
  /** Length of its line. */
  bytes: number;
  /** Appends it; its room was granted before. */
  append(): Promise<void>;
}

/** Takes records of one kind. */
export class RecordLog<R> extends Committer {
  readonly #file: string;
  readonly #record_bytes_max: number;
  readonly #lineOf: (record: R) => string;
  readonly #tallyOf: (record: R) => () => void;

  /** Takes over the handle, as {@linkcode Committer} does. */
  constructor(handle: FileHandle, options: RecordLogOptions<R>) {
    super(handle, options);
    this.#file = options.file;
    this.#record_bytes_max = options.record_bytes_max;
    this.#lineOf = options.lineOf;
    this.#tallyOf = options.tallyOf;
  }

  /**
   * Appends a record.
   *
   * @returns Resolves when it is acknowledged.
   * @throws {ArtifactError} at once, and takes nothing: `INVALID_RECORD`,
   * `QUEUE_FULL`, the run's first failure.
   */
  record(record: R): Promise<void> {
    const acknowledged = this.append(this.#line(record));
    this.#tallyOf(record)();
    return acknowledged;
  }

  /**
   * Fixes a record that is to be appended later.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  prepare(record: R): PreparedRecord {
    const line = this.#line(record);
    const tally = this.#tallyOf(record);
    const append = () => {
      const acknowledged = this.append(line, true);
      tally();
      return acknowledged;
    };
    return { bytes: line.length, append };
  }

  #line(record: R): string {
    const line = this.#lineOf(record);
    const most = this.#record_bytes_max;
    // A UTF-16 code unit takes at most three bytes: few lines are counted.
    if (3 * line.length <= most) return line;
    const bytes = new TextEncoder().encode(line).length;
    if (bytes <= most) return line;
    throw new ArtifactError(
      "INVALID_RECORD",
      `Cannot append to "${this.#file}": the record takes ${bytes} bytes, more than limits.record_bytes_max, which is ${most}`,
      { path: "" },
    );
  }
}
