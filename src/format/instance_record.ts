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
  type JsonVerdict,
} from "../json/value.ts";
import {
  duration,
  hasIds,
  hasText,
  isDuration,
  isObject,
  isText,
  jsonObject,
  safeName,
  text,
  timestamp,
} from "./fields.ts";
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
  /** Start: UTC, ISO 8601 with milliseconds and `Z`. */
  started_at: string;
  /** End: UTC, ISO 8601 with milliseconds and `Z`. */
  completed_at: string;
  /** Time from start to end, in milliseconds. */
  duration_ms: number;
  /** The verdict; null where the runner has none. */
  passed: boolean | null;
  /** What the scenario was started with. */
  entry_data: JsonObject;
  /** Why the execution broke off, or null. */
  error: string | null;
}

/** Schema of {@linkcode InstanceRecord}. */
export const InstanceRecordSchema: v.GenericSchema<InstanceRecord> = v
  .strictObject({
    instance_id: safeName,
    run_id: safeName,
    correlation_id: text,
    scenario_id: text,
    started_at: timestamp,
    completed_at: timestamp,
    duration_ms: duration,
    passed: v.nullable(v.boolean()),
    entry_data: jsonObject,
    error: v.nullable(v.string()),
  });

/** The kind of {@linkcode InstanceRecord}. */
export const INSTANCE: RecordKind<InstanceRecord> = {
  name: "instance",
  schema: InstanceRecordSchema,
  fieldCount: 10,
  jsonFields: ["entry_data"],
  textFields: ["error"],
  order: (record) => ({
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
  const { passed, entry_data, error } = record;
  const good = isText(record.scenario_id) && isTimestamp(record.started_at) &&
    isTimestamp(record.completed_at) && isDuration(record.duration_ms) &&
    (passed === null || typeof passed === "boolean") && isObject(entry_data) &&
    (error === null || typeof error === "string");
  return good ? inspectJson(entry_data, holdsSecret) : "bad";
}

/** What {@linkcode RunWriter.startInstance} starts. */
export interface InstanceInput {
  /** Which scenario is executed. */
  scenario_id: string;
  /** What the scenario is started with. Default: `{}`. */
  entry_data?: JsonObject;
  /**
   * On a resumed run, an instance of before the interruption that did not
   * complete: it is attempted again. Default: the next new id.
   */
  instance_id?: string;
}

/** Schema of {@linkcode InstanceInput}. */
export const InstanceInputSchema: v.GenericSchema<InstanceInput> = v
  .strictObject({
    scenario_id: text,
    entry_data: v.optional(jsonObject),
    instance_id: v.optional(safeName),
  });
