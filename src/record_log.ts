/**
 * One JSONL file of a run while it is recorded: what becomes of a record.
 *
 * @module
 */
import { Committer, type CommitterOptions } from "./committer.ts";
import type { FileHandle } from "./file_system.ts";

/** What a {@linkcode RecordLog} does with its records. */
export interface RecordLogOptions<R> extends CommitterOptions {
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
  readonly #lineOf: (record: R) => string;
  readonly #tallyOf: (record: R) => () => void;

  /** Takes over the handle, as {@linkcode Committer} does. */
  constructor(handle: FileHandle, options: RecordLogOptions<R>) {
    super(handle, options);
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
    const acknowledged = this.append(this.#lineOf(record));
    this.#tallyOf(record)();
    return acknowledged;
  }

  /**
   * Fixes a record that is to be appended later.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  prepare(record: R): PreparedRecord {
    const line = this.#lineOf(record);
    const tally = this.#tallyOf(record);
    const append = () => {
      const acknowledged = this.append(line, true);
      tally();
      return acknowledged;
    };
    return { bytes: line.length, append };
  }
}
