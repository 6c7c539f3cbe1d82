/**
 * The description of a kind of records: one object for each kind, in the file of
 * its interface and its schema.
 *
 * @module
 */
import type * as v from "valibot";
import type { MemberChecks } from "../json/json_bytes.ts";
import type { HoldsSecret, JsonVerdict } from "../json/value.ts";
import { isText } from "./fields.ts";
import { isSafeName } from "./names.ts";

/** Fields that every record of a JSONL file has. */
export interface RecordIds {
  /** Id of the instance. */
  instance_id: string;
  /** Id of the run. */
  run_id: string;
  /** The correlation id of the instance. */
  correlation_id: string;
}

/** A kind of records. */
export interface RecordKind<R extends RecordIds> {
  /** What a record is called in messages. */
  readonly name: "instance" | "step" | "assertion" | "start";
  /** What a record must look like, and what is wrong with one that does not. */
  readonly schema: v.GenericSchema<R>;
  /** Number of fields that every line has. */
  readonly fieldCount: number;
  /** Fields that a line may lack, last in the order of the format. */
  readonly optionalFields: readonly (keyof R & string)[];
  /** Fields that hold a JSON object. */
  readonly objectFields: readonly (keyof R & string)[];
  /** Fields that hold any JSON value. */
  readonly valueFields: readonly (keyof R & string)[];
  /** Fields that hold texts of the user's, in which secrets may stand. */
  readonly textFields: readonly (keyof R & string)[];
  /** Checks of all fields, for the writer of bytes: none passes a bad record. */
  readonly checks: MemberChecks;
  /** A copy with the fields in the order of the format. */
  order(record: R): R;
  /**
   * Checks the fields that the library fills in its own records; the run id and
   * the other ids are checked elsewhere.
   */
  hasGoodNumbers(record: R): boolean;
  /** Checks the fields that callers fill, and looks for secrets in headers. */
  inspect(record: R, holdsSecret: HoldsSecret | undefined): JsonVerdict;
  /** Whether a parsed line is such a record, as far as readers rely on it. */
  isRecord(value: unknown): boolean;
}

/**
 * Whether a record has as many fields as its kind has, at most: where it has all
 * that it needs, no other. Getters of a class are not counted.
 */
export function hasFieldsAlone<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
): boolean {
  let count = 0;
  for (const _ in record) count++;
  if (count <= kind.fieldCount) return true;
  for (const key in record) {
    if ((kind.optionalFields as readonly string[]).includes(key)) count--;
  }
  return count <= kind.fieldCount;
}

/**
 * Whether a record passes its cheap checks: then its schema finds nothing but
 * unknown fields. One that does not may still be good: the schema decides.
 */
export function fitsFormat<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
): boolean {
  return isSafeName(record.instance_id) && isSafeName(record.run_id) &&
    isText(record.correlation_id) && kind.hasGoodNumbers(record) &&
    kind.inspect(record, undefined) !== "bad";
}
