/**
 * A record becomes a line: put in the order of the format, checked, encoded.
 *
 * A cheap check lets a good record pass; a record that fails it goes to the
 * schema, which says what is wrong. A test holds the two to the same answer. Of
 * a record that the library itself made (`isOwn`), ids, number and paths are
 * not checked again.
 *
 * @module
 */
import type * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import { findJsonProblem, thrownText } from "../json/value.ts";
import { isSafeName } from "../format/names.ts";
import {
  type AssertionRecord,
  AssertionRecordSchema,
  type InstanceRecord,
  InstanceRecordSchema,
  type Observation,
  type StepRecord,
  StepRecordSchema,
} from "../format/records.ts";
import { isTimestamp } from "../format/timestamp.ts";
import type { Redactor } from "../redact/redactor.ts";
import { firstIssue } from "../check/validate.ts";

/** A record as it is written: redacted, in the order of the format. */
export interface EncodedRecord<R> {
  /** The record. */
  record: R;
  /** Its line, with its newline. */
  line: string;
}

/**
 * The line of an instance, with its newline.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function instanceLine(
  record: InstanceRecord,
  run_id: string,
  redactor?: Redactor,
  isOwn = false,
): EncodedRecord<InstanceRecord> {
  assertRecord("instance", record);
  const heard = redactor?.heard;
  try {
    const ordered: InstanceRecord = {
      instance_id: record.instance_id,
      run_id: record.run_id,
      correlation_id: record.correlation_id,
      scenario_id: record.scenario_id,
      started_at: record.started_at,
      completed_at: record.completed_at,
      duration_ms: record.duration_ms,
      passed: record.passed,
      entry_data: record.entry_data,
      error: record.error,
    };
    const good = (isOwn ||
      isOfRun(ordered, run_id) && keyCount(record) <= 10) &&
      isText(ordered.scenario_id) && isTimestamp(ordered.started_at) &&
      isTimestamp(ordered.completed_at) && isDuration(ordered.duration_ms) &&
      (ordered.passed === null || typeof ordered.passed === "boolean") &&
      isJsonObject(ordered.entry_data, redactor) &&
      (ordered.error === null || typeof ordered.error === "string");
    if (!good) refuse("instance", InstanceRecordSchema, record, run_id);
    if (redactor?.isNeeded(heard!)) {
      return instanceLine(
        redactor.instance(ordered),
        run_id,
        undefined,
        isOwn,
      );
    }
    return { record: ordered, line: JSON.stringify(ordered) + "\n" };
  } catch (error) {
    throw unreadable("instance", error);
  }
}

/**
 * The line of a step, with its newline.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function stepLine(
  record: StepRecord,
  run_id: string,
  redactor?: Redactor,
  isOwn = false,
): EncodedRecord<StepRecord> {
  assertRecord("step", record);
  const heard = redactor?.heard;
  try {
    const ordered: StepRecord = {
      instance_id: record.instance_id,
      run_id: record.run_id,
      correlation_id: record.correlation_id,
      step_index: record.step_index,
      step_name: record.step_name,
      step_type: record.step_type,
      timestamp: record.timestamp,
      observation: record.observation,
      artifacts: record.artifacts,
    };
    const good = (isOwn ||
      isOfRun(ordered, run_id) && keyCount(record) <= 9 &&
        isCount(ordered.step_index) && isJson(ordered.artifacts) &&
        Array.isArray(ordered.artifacts) && ordered.artifacts.every(isText)) &&
      isText(ordered.step_name) && isText(ordered.step_type) &&
      isTimestamp(ordered.timestamp) &&
      isObservation(ordered.observation, redactor);
    if (!good) refuse("step", StepRecordSchema, record, run_id);
    if (redactor?.isNeeded(heard!)) {
      return stepLine(redactor.step(ordered), run_id, undefined, isOwn);
    }
    return { record: ordered, line: JSON.stringify(ordered) + "\n" };
  } catch (error) {
    throw unreadable("step", error);
  }
}

/**
 * The line of an assertion, with its newline.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function assertionLine(
  record: AssertionRecord,
  run_id: string,
  redactor?: Redactor,
  isOwn = false,
): EncodedRecord<AssertionRecord> {
  assertRecord("assertion", record);
  const heard = redactor?.heard;
  try {
    const ordered: AssertionRecord = {
      instance_id: record.instance_id,
      run_id: record.run_id,
      correlation_id: record.correlation_id,
      step_index: record.step_index,
      assertion_name: record.assertion_name,
      passed: record.passed,
      expected: record.expected,
      actual: record.actual,
      message: record.message,
      timestamp: record.timestamp,
    };
    const good = (isOwn ||
      isOfRun(ordered, run_id) && keyCount(record) <= 10) &&
      (ordered.step_index === null || isCount(ordered.step_index)) &&
      isText(ordered.assertion_name) && typeof ordered.passed === "boolean" &&
      isJson(ordered.expected, redactor) &&
      isJson(ordered.actual, redactor) &&
      typeof ordered.message === "string" && isTimestamp(ordered.timestamp);
    if (!good) refuse("assertion", AssertionRecordSchema, record, run_id);
    if (redactor?.isNeeded(heard!)) {
      return assertionLine(
        redactor.assertion(ordered),
        run_id,
        undefined,
        isOwn,
      );
    }
    return { record: ordered, line: JSON.stringify(ordered) + "\n" };
  } catch (error) {
    throw unreadable("assertion", error);
  }
}

function refuse(
  kind: string,
  schema: v.GenericSchema,
  record: { run_id: unknown },
  run_id: string,
): never {
  const issue = firstIssue(schema, record) ?? {
    path: "run_id",
    message: `must be this run's, ${JSON.stringify(run_id)}, not ${
      JSON.stringify(record.run_id)
    }`,
  };
  throw invalidRecord(kind, issue);
}

/** The error for a record that does not fit the format. */
export function invalidRecord(
  kind: string,
  issue: { path: string; message: string },
): ArtifactError {
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}: "${issue.path}" ${issue.message}`,
    { path: issue.path },
  );
}

/**
 * The error for a record that throws when it is read (a getter, a proxy), or
 * that is too long for a string.
 */
export function unreadable(kind: string, error: unknown): ArtifactError {
  if (error instanceof ArtifactError) return error;
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}: it cannot be made JSON: ${thrownText(error)}`,
    { path: "", cause: error },
  );
}

/** Throws `INVALID_RECORD` where a record is no object at all. */
export function assertRecord(kind: string, record: unknown): void {
  if (typeof record === "object" && record !== null) return;
  throw new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}: it must be an object, not ${
      record === null ? "null" : typeof record
    }`,
    { path: "" },
  );
}

/** Whether a record has the ids of one in this run. */
function isOfRun(
  ids: Pick<StepRecord, "instance_id" | "run_id" | "correlation_id">,
  run_id: string,
): boolean {
  return ids.run_id === run_id && isName(ids.instance_id) &&
    isText(ids.correlation_id);
}

/** Getters of a class are not counted: the fields themselves are looked at. */
function keyCount(record: object): number {
  let count = 0;
  for (const _ in record) count++;
  return count;
}

function isName(value: unknown): boolean {
  return isSafeName(value as string);
}

function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isDuration(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

function isJson(value: unknown, redactor?: Redactor): boolean {
  return value !== undefined &&
    findJsonProblem(value, "", redactor) === undefined;
}

function isJsonObject(value: unknown, redactor?: Redactor): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    findJsonProblem(value, "", redactor) === undefined;
}

function isObservation(value: Observation, redactor?: Redactor): boolean {
  if (!isJsonObject(value, redactor)) return false;
  const { ok, status_code, latency_ms, headers, errors } = value;
  return (ok === undefined || typeof ok === "boolean") &&
    (status_code === undefined || status_code === null ||
      typeof status_code === "number") &&
    (latency_ms === undefined || latency_ms === null ||
      isDuration(latency_ms)) &&
    (headers === undefined || headers === null ||
      (typeof headers === "object" && !Array.isArray(headers))) &&
    (errors === undefined || Array.isArray(errors));
}
