/**
 * Appends the records of one kind to their file, and counts them.
 *
 * @module
 */
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { AppendLog } from "../storage/append_log.ts";
import { RecordTooLarge } from "./large_values.ts";
import { encode, type EncodedRecord, type RecordSource } from "./encode.ts";

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
   * Counts a record that the log has taken. Returns at once what is to be done
   * then, for what it reads may change until it is appended.
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

  /** Makes the front of an append log. */
  constructor(options: RecordLogOptions<R>) {
    this.#options = options;
    this.#log = options.log;
  }

  /** The kind of its records. */
  get kind(): RecordKind<R> {
    return this.#options.kind;
  }

  /**
   * Appends a record.
   *
   * @returns Resolves when it is acknowledged.
   * @throws {ArtifactError} at once, and takes nothing: `INVALID_RECORD`,
   * `QUEUE_FULL`, the run's first failure.
   */
  append(record: R, source: RecordSource = "caller"): Promise<void> {
    const encoded = this.#encoded(record, source);
    const count = this.#options.counted(encoded.record);
    const acknowledged = this.#log.append(encoded.line);
    count();
    return acknowledged;
  }

  /**
   * Fixes a record that is to be appended later.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  prepare(record: R, source: RecordSource = "caller"): PreparedRecord {
    const { line, record: written } = this.#encoded(record, source);
    const count = this.#options.counted(written);
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

  #encoded(record: R, source: RecordSource): EncodedRecord<R> {
    const { kind, run_id, redactor, recordBytesMax: most } = this.#options;
    const encoded = encode(kind, record, source, run_id, redactor);
    const { line } = encoded;
    // A UTF-16 code unit takes at most three bytes: few lines are counted.
    if (3 * line.length <= most) return encoded;
    const bytes = new TextEncoder().encode(line).length;
    if (bytes <= most) return encoded;
    throw new RecordTooLarge(kind.name, encoded.record, bytes, most);
  }
}
