/**
 * A line of `instances.jsonl`: interface, schema, order and cheap check.
 *
 * @module
 */
import * as v from "valibot";
import {
  type HoldsSecret,
  inspectJson,
  type JsonObject,
  type JsonValue,
  type JsonVerdict,
  worst,
} from "../json/value.ts";
import {
  duration,
  hasIds,
  hasText,
  isDuration,
  isName,
  isObject,
  isText,
  jsonObject,
  jsonValue,
  safeName,
  text,
  timestamp,
  traceId,
} from "./fields.ts";
import { isSafeName } from "./names.ts";
import type { RecordKind } from "./record_kind.ts";
import { isTimestamp } from "./timestamp.ts";

/** One line of `instances.jsonl`: one execution of one scenario. */
export interface InstanceRecord {
  /** Id within the run, such as `"inst_001"`. */
  instance_id: string;
  /** Id of the run. */
  run_id: string;
  /** The id that was sent to the system under test: 32 hex digits. */
  correlation_id: string;
  /** Which scenario was executed. */
  scenario_id: string;
  /**
   * The caller's own stable name for this piece of work, such as the title of a
   * test: it pairs instances of two runs. Null for none.
   */
  instance_key: string | null;
  /** The instance that this one tried again, or null. */
  retry_of: string | null;
  /** Start: UTC, ISO 8601 with milliseconds and `Z`. */
  started_at: string;
  /** End: UTC, ISO 8601 with milliseconds and `Z`. */
  completed_at: string;
  /** Time from start to end, in milliseconds. */
  duration_ms: number;
  /** The verdict; null for none, as for a skipped test. */
  passed: boolean | null;
  /** What the scenario was started with. */
  entry_data: JsonObject;
  /** Why the execution broke off, or null. */
  error: ErrorRecord | null;
}

/** An error, as far as it is known. Further fields of it are kept too. */
export interface ErrorRecord extends JsonObject {
  /** Class of the error, such as `"TypeError"`. */
  name: string;
  /** What went wrong. */
  message: string;
  /** Where; null where that is not known. */
  stack: string | null;
  /** The error below this one, or whatever was given as such; null for none. */
  cause: JsonValue;
}

/**
 * An error in one line, as far as it has one: `TypeError: x is not a function`.
 *
 * @example
 * ```ts
 * import { errorText } from "@windtunnel/artifacts";
 *
 * const error = { name: "TypeError", message: "x is null", stack: null, cause: null };
 * console.log(errorText(error)); // TypeError: x is null
 * ```
 */
export function errorText({ name, message }: ErrorRecord): string {
  return name === "Error" || name === "" ? message : `${name}: ${message}`;
}

/** Schema of {@linkcode ErrorRecord}. */
export const ErrorRecordSchema: v.GenericSchema<ErrorRecord> = v.pipe(
  jsonObject,
  v.objectWithRest({
    name: v.string(),
    message: v.string(),
    stack: v.nullable(v.string()),
    cause: jsonValue,
  }, v.optional(jsonValue)),
) as unknown as v.GenericSchema<ErrorRecord>;

/** Schema of {@linkcode InstanceRecord}. */
export const InstanceRecordSchema: v.GenericSchema<InstanceRecord> = v
  .strictObject({
    instance_id: safeName,
    run_id: safeName,
    correlation_id: text,
    scenario_id: text,
    instance_key: v.nullable(text),
    retry_of: v.nullable(safeName),
    started_at: timestamp,
    completed_at: timestamp,
    duration_ms: duration,
    passed: v.nullable(v.boolean()),
    entry_data: jsonObject,
    error: v.nullable(ErrorRecordSchema),
  });

/** The kind of {@linkcode InstanceRecord}. */
export const INSTANCE: RecordKind<InstanceRecord> = {
  name: "instance",
  schema: InstanceRecordSchema,
  fieldCount: 12,
  optionalFields: [],
  objectFields: ["entry_data", "error"],
  valueFields: [],
  textFields: [],
  checks: {
    instance_id: isName,
    run_id: isName,
    correlation_id: isText,
    scenario_id: isText,
    instance_key: (value) => value === null || isText(value),
    retry_of: (value) => value === null || isName(value),
    started_at: isTimestamp,
    completed_at: isTimestamp,
    duration_ms: isDuration,
    passed: (value) => value === null || typeof value === "boolean",
    entry_data: isObject,
    // Seldom an object: the general way checks its members.
    error: (value) => value === null,
  },
  order: (record) => ({
    instance_id: record.instance_id,
    run_id: record.run_id,
    correlation_id: record.correlation_id,
    scenario_id: record.scenario_id,
    instance_key: record.instance_key,
    retry_of: record.retry_of,
    started_at: record.started_at,
    completed_at: record.completed_at,
    duration_ms: record.duration_ms,
    passed: record.passed,
    entry_data: record.entry_data,
    error: record.error,
  }),
  hasGoodNumbers: () => true,
  inspect,
  isRecord: (value) =>
    hasIds(value) && hasText(value, "scenario_id") &&
    hasText(value, "completed_at"),
};

function inspect(
  record: InstanceRecord,
  holdsSecret: HoldsSecret | undefined,
): JsonVerdict {
  const { instance_key, retry_of, passed, entry_data, error } = record;
  const good = isText(record.scenario_id) && isTimestamp(record.started_at) &&
    isTimestamp(record.completed_at) && isDuration(record.duration_ms) &&
    (instance_key === null || isText(instance_key)) &&
    (retry_of === null || isSafeName(retry_of)) &&
    (passed === null || typeof passed === "boolean") && isObject(entry_data) &&
    (error === null || isError(error));
  if (!good) return "bad";
  return worst(
    inspectJson(entry_data, holdsSecret),
    inspectJson(error, holdsSecret),
  );
}

function isError(error: unknown): boolean {
  return isObject(error) && typeof error.name === "string" &&
    typeof error.message === "string" &&
    (error.stack === null || typeof error.stack === "string") &&
    error.cause !== undefined;
}

/** What {@linkcode RunWriter.startInstance} starts. */
export interface InstanceInput {
  /** Which scenario is executed. */
  scenario_id: string;
  /**
   * What the scenario is started with. Values that JSON cannot hold are kept as
   * `$type`: see `reviveValues`. Default: `{}`.
   */
  entry_data?: object;
  /**
   * The caller's own stable name for this piece of work, such as the title of a
   * test: it pairs instances of two runs. Default: null.
   */
  instance_key?: string | null;
  /** Id of the instance that this one tries again. Default: null. */
  retry_of?: string | null;
  /**
   * An id of the caller's own, new in the run; or, on a resumed run, one that was
   * in flight when the run was interrupted: it is attempted again. Default: the
   * next number that is free, such as `"inst_001"`.
   */
  instance_id?: string;
  /**
   * A trace id of the caller's own: 32 lowercase hex digits. Default: derived
   * from the nonce of the run, the instance id and the attempt.
   */
  correlation_id?: string;
  /** When it started, if it is recorded afterwards. Default: now. */
  started_at?: string;
}

/** Schema of {@linkcode InstanceInput}. */
export const InstanceInputSchema: v.GenericSchema<InstanceInput> = v
  .strictObject({
    scenario_id: text,
    entry_data: v.optional(v.custom<object>(isObject, "must be an object")),
    instance_key: v.optional(v.nullable(text)),
    retry_of: v.optional(v.nullable(safeName)),
    instance_id: v.optional(safeName),
    correlation_id: v.optional(traceId),
    started_at: v.optional(timestamp),
  });

/**
 * Returns whether an instance failed: its verdict is `false`, or it ended with an
 * error.
 *
 * @example
 * ```ts
 * import { isFailed } from "@windtunnel/artifacts";
 *
 * console.log(isFailed({ passed: false, error: null })); // true
 * ```
 */
export function isFailed(
  { passed, error }: Pick<InstanceRecord, "passed" | "error">,
): boolean {
  return passed === false || error !== null;
}
