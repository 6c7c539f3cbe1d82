/**
 * Appends the records of one kind to their file, and counts them.
 *
 * @module
 */
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import { isTooComplex, mayBeTooComplex } from "../json/parsed_size.ts";
import { type MarkSecret, secret } from "../json/placeholder.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { AppendLog } from "../storage/append_log.ts";
import { RecordTooLarge } from "./large_values.ts";
import { encode, type RecordSource } from "./encode.ts";
import { RecordBytes } from "./record_bytes.ts";

/** What the {@linkcode RecordLog} of a kind needs. */
export interface RecordLogOptions<R extends RecordIds> {
  /** The kind. */
  kind: RecordKind<R>;
  /** Takes the lines. */
  log: AppendLog;
  /** Id of the run. */
  run_id: string;
  /** Takes secrets out of the records. */
  redactor: Redactor | undefined;
  /** The longest line, in bytes. */
  recordBytesMax: number;
  /**
   * Reads what a record counts for, and returns a function that counts it, called
   * when the log has accepted it: the record may change in between.
   */
  counted: (record: R) => () => void;
}

/** A record that was checked and encoded, and waits for its turn. */
export interface PreparedRecord {
  /** Length of its line. */
  bytes: number;
  /** Appends it; its room was granted before. */
  append(): Promise<void>;
}

/** Takes records of one kind. */
export class RecordLog<R extends RecordIds> {
  readonly #options: RecordLogOptions<R>;
  readonly #log: AppendLog;
  readonly #bytes: RecordBytes<R>;
  #count = () => {};
  readonly #read = (record: R): void => {
    this.#count = this.#options.counted(record);
  };

  /** Makes the front of an append log. */
  constructor(options: RecordLogOptions<R>) {
    this.#options = options;
    this.#log = options.log;
    const { kind, run_id, redactor } = options;
    this.#bytes = new RecordBytes(kind, run_id, redactor);
  }

  /** The kind of its records. */
  get kind(): RecordKind<R> {
    return this.#options.kind;
  }

  /**
   * Appends a record.
   *
   * @param mark Returns what stands for a secret.
   * @returns Resolves when it is acknowledged.
   * @throws {ArtifactError} at once, and takes nothing: `INVALID_RECORD`,
   * `QUEUE_FULL`, the run's first failure.
   */
  append(
    record: R,
    source: RecordSource = "caller",
    mark: MarkSecret = secret,
  ): Promise<void> {
    const line = this.#encoded(record, source, mark);
    const count = this.#count;
    const acknowledged = this.#log.append(line);
    count();
    return acknowledged;
  }

  /**
   * Fixes a record that is to be appended later.
   *
   * @param mark Returns what stands for a secret.
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  prepare(
    record: R,
    source: RecordSource = "caller",
    mark: MarkSecret = secret,
  ): PreparedRecord {
    const encoded = this.#encoded(record, source, mark);
    const count = this.#count;
    const line = typeof encoded === "string" ? encoded : encoded.slice();
    const append = () => {
      const acknowledged = this.#log.append(line, true);
      count();
      return acknowledged;
    };
    return { bytes: line.length, append };
  }

  /** Resolves when the queue has room for a line of so many bytes. */
  ready(bytes: number): Promise<void> {
    return this.#log.ready(bytes);
  }

  /** Resolves when every record appended so far is durable. */
  synced(): Promise<void> {
    return this.#log.synced();
  }

  /** The line of a record, and in `#count` how to count it. */
  #encoded(
    record: R,
    source: RecordSource,
    mark: MarkSecret,
  ): Uint8Array | string {
    const { kind, run_id, redactor, recordBytesMax: most } = this.#options;
    const bytes = this.#bytes.encode(record, source, this.#read, mark);
    if (bytes !== undefined && bytes.length <= most) return bytes;
    const encoded = encode(kind, record, source, run_id, redactor, mark);
    this.#read(encoded.record);
    const { line } = encoded;
    // A UTF-16 code unit takes at most three bytes: few lines are looked at.
    const bytesMax = 3 * line.length;
    if (bytesMax <= most && !mayBeTooComplex(bytesMax)) return line;
    const bytesOfLine = new TextEncoder().encode(line);
    if (bytesOfLine.length <= most && !isTooComplex(bytesOfLine)) return line;
    throw new RecordTooLarge(kind.name, encoded.record, bytesOfLine, most);
  }
}
