/**
 * Encodes a record as one JSONL line: order, check, redaction, JSON.
 *
 * A cheap check passes good records. One that fails it goes to the schema, which
 * says what is wrong; a test holds the two to the same answer.
 *
 * @module
 */
import { firstIssue } from "../check/validate.ts";
import { isText } from "../format/fields.ts";
import { isSafeName } from "../format/names.ts";
import type { RecordIds, RecordKind } from "../format/record_kind.ts";
import type { JsonValue } from "../json/value.ts";
import type { Redactor } from "../redact/redactor.ts";
import { assertRecord, invalidRecord, unreadable } from "./invalid_record.ts";

/** A record as it is written: redacted, in the order of the format. */
export interface EncodedRecord<R> {
  /** The record. */
  record: R;
  /** Its line, with its newline. */
  line: string;
}

/**
 * Who made a record. The library's own records are in order, and what it fills
 * in itself is not checked again.
 */
export type RecordSource = "own" | "caller";

/**
 * Encodes a record.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function encode<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  source: RecordSource,
  run_id: string,
  redactor: Redactor | undefined,
): EncodedRecord<R> {
  assertRecord(kind.name, record);
  try {
    const ordered = source === "own" ? record : kind.order(record);
    if (source === "caller" && !isCallers(kind, record, ordered, run_id)) {
      throw rejected(kind, record, run_id);
    }
    const verdict = kind.inspect(ordered, redactor?.holdsSecret);
    if (verdict === "bad") throw rejected(kind, record, run_id);
    const written = redactor && (verdict === "secret" || redactor.redactsAll)
      ? redacted(kind, ordered, redactor)
      : ordered;
    return { record: written, line: JSON.stringify(written) + "\n" };
  } catch (error) {
    throw unreadable(kind.name, error);
  }
}

/** Whether a caller's record has good ids and numbers, and known fields alone. */
function isCallers<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  ordered: R,
  run_id: string,
): boolean {
  return ordered.run_id === run_id && isSafeName(ordered.instance_id) &&
    isText(ordered.correlation_id) && kind.hasGoodNumbers(ordered) &&
    keyCount(record) <= kind.fieldCount;
}

/** A copy without secrets. What `redact.replace` returns is checked. */
function redacted<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  redactor: Redactor,
): R {
  const copy = { ...record } as unknown as Record<string, JsonValue>;
  for (const field of kind.jsonFields) {
    copy[field] = redactor.value(copy[field]!, [field]);
  }
  for (const field of kind.textFields) {
    const text = copy[field];
    if (typeof text === "string") copy[field] = redactor.text(text, field);
  }
  const result = copy as unknown as R;
  if (kind.inspect(result, undefined) === "bad") {
    throw rejected(kind, result, record.run_id);
  }
  return result;
}

function rejected<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  run_id: string,
): Error {
  const issue = firstIssue(kind.schema, record) ?? {
    path: "run_id",
    message: `must be this run's, ${JSON.stringify(run_id)}, not ${
      JSON.stringify(record.run_id)
    }`,
  };
  return invalidRecord(kind.name, issue);
}

/** Getters of a class are not counted: the fields themselves are looked at. */
function keyCount(record: object): number {
  let count = 0;
  for (const _ in record) count++;
  return count;
}
