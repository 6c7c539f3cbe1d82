/**
 * Encodes a record as one JSONL line: order, check, redaction, JSON.
 *
 * A cheap check passes good records. One that fails it goes to the schema, which
 * says what is wrong; a test holds the two to the same answer.
 *
 * @module
 */
import { firstIssue } from "../check/validate.ts";
import { isObject, isText } from "../format/fields.ts";
import { isSafeName } from "../format/names.ts";
import { isReference } from "../format/step_message.ts";
import {
  hasFieldsAlone,
  type RecordIds,
  type RecordKind,
} from "../format/record_kind.ts";
import { toJsonValue } from "../json/typed_value.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import { isSecret, type MarkSecret, secret } from "../json/placeholder.ts";
import type { Redactor } from "../redact/redactor.ts";
import {
  assertRecord,
  invalidRecord,
  placeOf,
  readFailure,
} from "./invalid_record.ts";

/** A record as it is written: redacted, in the order of the format. */
export interface EncodedRecord<R> {
  /** The record. */
  record: R;
  /** Its line, with its newline. */
  line: string;
}

/**
 * Who made a record. The library's own records are in order, and what it fills
 * in itself is not checked again; those that are ready hold JSON alone.
 */
export type RecordSource = "own" | "ready" | "caller";

/**
 * Encodes a record.
 *
 * @param mark Returns what stands for a secret.
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function encode<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  source: RecordSource,
  run_id: string,
  redactor: Redactor | undefined,
  mark: MarkSecret = secret,
): EncodedRecord<R> {
  assertRecord(kind.name, record);
  try {
    let ordered = source === "caller" ? kind.order(record) : record;
    if (source === "caller" && !isCallers(kind, record, ordered, run_id)) {
      throw rejected(kind, record, run_id);
    }
    let verdict = kind.inspect(ordered, redactor?.holdsSecret);
    if (source !== "ready" && (verdict === "bad" || verdict === "typed")) {
      ordered = asJson(kind, ordered);
      verdict = kind.inspect(ordered, redactor?.holdsSecret);
    }
    if (verdict === "bad") throw rejected(kind, ordered, run_id);
    const written = redactor && (verdict !== "clean" || redactor.redactsAll)
      ? redacted(kind, ordered, redactor, mark)
      : ordered;
    return { record: written, line: JSON.stringify(written) + "\n" };
  } catch (error) {
    throw readFailure(kind.name, error);
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
    hasFieldsAlone(kind, record);
}

/** A copy in which values that JSON cannot hold are JSON. */
function asJson<R extends RecordIds>(kind: RecordKind<R>, record: R): R {
  const copy = { ...record } as unknown as Record<string, unknown>;
  for (const field of kind.objectFields) {
    // Anything else is a mistake, and the schema says so.
    const value = copy[field];
    if (!isObject(value)) continue;
    copy[field] = withOwnNumbers(toJsonValue(value, field), value);
  }
  for (const field of kind.valueFields) {
    if (copy[field] === undefined) continue;
    copy[field] = toJsonValue(copy[field], field);
  }
  return copy as unknown as R;
}

/**
 * The numbers of an observation as they are, for the schema to judge; but for -0,
 * which `Math.round(-0.2)` gives: a latency of 0 like any other.
 */
function withOwnNumbers(converted: JsonValue, given: JsonObject): JsonValue {
  if (!isObject(converted)) return converted;
  for (const field of ["latency_ms", "status_code"]) {
    const number = given[field];
    if (typeof number === "number") converted[field] = number || number + 0;
  }
  return converted;
}

/** A copy without secrets. What `redact.replace` returns is checked. */
function redacted<R extends RecordIds>(
  kind: RecordKind<R>,
  record: R,
  redactor: Redactor,
  mark: MarkSecret,
): R {
  const copy = { ...record } as unknown as Record<string, JsonValue>;
  // Secrets get their numbers in this order: a request's as if it were in a file.
  for (const field of [...kind.valueFields, ...kind.objectFields]) {
    const value = copy[field];
    if (value === undefined || isReference(record.instance_id, value)) continue;
    copy[field] = redactor.value(value, [field], mark);
  }
  if (isObject(copy.error)) copy.error = withTexts(copy.error);
  for (const field of kind.textFields) {
    const text = copy[field];
    if (typeof text === "string") {
      copy[field] = redactor.text(text, field, mark);
    }
  }
  const result = copy as unknown as R;
  if (kind.inspect(result, undefined) === "bad") {
    throw rejected(kind, result, record.run_id);
  }
  return result;
}

/** An error whose name, message or stack is a secret still has texts there. */
function withTexts(error: JsonObject): JsonObject {
  if (isSecret(error)) {
    const message = JSON.stringify(error);
    return { name: "Error", message, stack: null, cause: null };
  }
  const texts: JsonObject = {};
  for (const field of ["name", "message", "stack"]) {
    if (isSecret(error[field])) texts[field] = JSON.stringify(error[field]);
  }
  return { ...error, ...texts };
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
  return invalidRecord(kind.name, issue, placeOf(record));
}
