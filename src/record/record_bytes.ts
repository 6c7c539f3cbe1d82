/**
 * Encodes records of one kind as UTF-8 without a text between, where it can.
 *
 * @module
 */
import {
  hasFieldsAlone,
  type RecordIds,
  type RecordKind,
} from "../format/record_kind.ts";
import { JsonBytes } from "../json/json_bytes.ts";
import { line } from "../json/utf8.ts";
import { type MarkSecret, secret } from "../json/placeholder.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { RecordSource } from "./encode.ts";

const NEWLINE = 10;

/** Encodes records of one kind; `encode` is the general way of the same. */
export class RecordBytes<R extends RecordIds> {
  readonly #kind: RecordKind<R>;
  readonly #bytes: JsonBytes | undefined;

  /** @param run_id Id of the run: the only one that a record may have. */
  constructor(
    kind: RecordKind<R>,
    run_id: string,
    redactor: Redactor | undefined,
  ) {
    this.#kind = kind;
    const checks = {
      ...kind.checks,
      run_id: (value: unknown) => value === run_id,
    };
    this.#bytes = redactor?.redactsAll
      ? undefined
      : new JsonBytes(checks, redactor);
  }

  /**
   * Encodes a record.
   *
   * @param read Called with the record in the order of the format.
   * @param mark Returns what stands for a secret.
   * @returns Its line with its newline, until the next record is encoded;
   * undefined where the general way has to be taken.
   */
  encode(
    record: R,
    source: RecordSource,
    read: (record: R) => void,
    mark: MarkSecret = secret,
  ): Uint8Array | undefined {
    if (this.#bytes === undefined) return undefined;
    const ordered = source === "caller" ? this.#ordered(record) : record;
    if (ordered === undefined) return undefined;
    // The general way numbers secrets as if the request were in a file.
    const hasOptional = this.#kind.optionalFields.some((field) =>
      ordered[field] !== undefined
    );
    const length = this.#bytes.write(
      ordered,
      read,
      hasOptional ? undefined : mark,
    );
    if (length === 0) return undefined;
    line[length] = NEWLINE;
    return line.subarray(0, length + 1);
  }

  #ordered(record: R): R | undefined {
    try {
      const ordered = this.#kind.order(record);
      return hasFieldsAlone(this.#kind, record) ? ordered : undefined;
    } catch {
      return undefined; // The general way says what is wrong.
    }
  }
}
