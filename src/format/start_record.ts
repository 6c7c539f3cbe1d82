/**
 * A line of `started.jsonl`: interface, schema, order and cheap check.
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
  hasIds,
  hasText,
  isName,
  isObject,
  isText,
  jsonObject,
  safeName,
  text,
  timestamp,
} from "./fields.ts";
import { isSafeName } from "./names.ts";
import type { RecordKind } from "./record_kind.ts";
import { isTimestamp } from "./timestamp.ts";

/** One line of `started.jsonl`: an instance that was started. */
export interface StartRecord {
  /** Id within the run, such as `"inst_001"`. */
  instance_id: string;
  /** Id of the run. */
  run_id: string;
  /** The id that is sent to the system under test: 32 hex digits. */
  correlation_id: string;
  /** Which scenario is executed. */
  scenario_id: string;
  /** The caller's own stable name for this piece of work, or null. */
  instance_key: string | null;
  /** The instance that this one tries again, or null. */
  retry_of: string | null;
  /** Start: UTC, ISO 8601 with milliseconds and `Z`. */
  started_at: string;
  /** What the scenario is started with. */
  entry_data: JsonObject;
}

/** Schema of {@linkcode StartRecord}. */
export const StartRecordSchema: v.GenericSchema<StartRecord> = v.strictObject({
  instance_id: safeName,
  run_id: safeName,
  correlation_id: text,
  scenario_id: text,
  instance_key: v.nullable(text),
  retry_of: v.nullable(safeName),
  started_at: timestamp,
  entry_data: jsonObject,
});

/** The kind of {@linkcode StartRecord}. */
export const START: RecordKind<StartRecord> = {
  name: "start",
  schema: StartRecordSchema,
  fieldCount: 8,
  optionalFields: [],
  objectFields: ["entry_data"],
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
    entry_data: isObject,
  },
  order: (record) => ({
    instance_id: record.instance_id,
    run_id: record.run_id,
    correlation_id: record.correlation_id,
    scenario_id: record.scenario_id,
    instance_key: record.instance_key,
    retry_of: record.retry_of,
    started_at: record.started_at,
    entry_data: record.entry_data,
  }),
  hasGoodNumbers: () => true,
  inspect,
  isRecord: (value) =>
    hasIds(value) && hasText(value, "scenario_id") &&
    hasText(value, "started_at"),
};

function inspect(
  record: StartRecord,
  holdsSecret: HoldsSecret | undefined,
): JsonVerdict {
  const { instance_key, retry_of, entry_data } = record;
  const good = isText(record.scenario_id) && isTimestamp(record.started_at) &&
    (instance_key === null || isText(instance_key)) &&
    (retry_of === null || isSafeName(retry_of)) && isObject(entry_data);
  return good ? inspectJson(entry_data, holdsSecret) : "bad";
}
