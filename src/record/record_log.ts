/**
 * One JSONL file of a run while it is recorded: what becomes of a record.
 *
 * @module
 */
import { Committer, type CommitterOptions } from "../storage/append_log.ts";
import { ArtifactError } from "../errors.ts";
import type { FileHandle } from "../storage/file_system.ts";
import type { EncodedRecord } from "./encode.ts";

/** What a {@linkcode RecordLog} does with its records. */
export interface RecordLogOptions<R> extends CommitterOptions {
  /** The longest line, in bytes. */
  recordBytesMax: number;
  /**
   * Checks and encodes a record; throws where it is invalid. What the library
   * itself fills is not checked again where the record is the library's own.
   */
  encode: (record: R, isOwn: boolean) => EncodedRecord<R>;
  /**
   * What is to be done when the queue has taken a record, given as it is written
   * and fixed now: its maker may change what is in it before.
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
  readonly #recordBytesMax: number;
  readonly #encode: RecordLogOptions<R>["encode"];
  readonly #tallyOf: (record: R) => () => void;

  /** Takes over the handle, as {@linkcode Committer} does. */
  constructor(handle: FileHandle, options: RecordLogOptions<R>) {
    super(handle, options);
    this.#file = options.file;
    this.#recordBytesMax = options.recordBytesMax;
    this.#encode = options.encode;
    this.#tallyOf = options.tallyOf;
  }

  /**
   * Appends a record.
   *
   * @param isOwn Whether the library made it.
   * @returns Resolves when it is acknowledged.
   * @throws {ArtifactError} at once, and takes nothing: `INVALID_RECORD`,
   * `QUEUE_FULL`, the run's first failure.
   */
  record(record: R, isOwn = false): Promise<void> {
    const encoded = this.#encoded(record, isOwn);
    const tally = this.#tallyOf(encoded.record);
    const acknowledged = this.append(encoded.line);
    tally();
    return acknowledged;
  }

  /**
   * Fixes a record that is to be appended later.
   *
   * @param isOwn Whether the library made it.
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  prepare(record: R, isOwn = false): PreparedRecord {
    const { line, record: written } = this.#encoded(record, isOwn);
    const tally = this.#tallyOf(written);
    const append = () => {
      const acknowledged = this.append(line, true);
      tally();
      return acknowledged;
    };
    return { bytes: line.length, append };
  }

  #encoded(record: R, isOwn: boolean): EncodedRecord<R> {
    const encoded = this.#encode(record, isOwn);
    const { line } = encoded;
    const most = this.#recordBytesMax;
    // A UTF-16 code unit takes at most three bytes: few lines are counted.
    if (3 * line.length <= most) return encoded;
    const bytes = new TextEncoder().encode(line).length;
    if (bytes <= most) return encoded;
    throw new ArtifactError(
      "INVALID_RECORD",
      `Cannot append to "${this.#file}": the record takes ${bytes} bytes, more than limits.recordBytesMax, which is ${most}`,
      { path: "" },
    );
  }
}
