/**
 * A line of `assertions.jsonl`: interface, schema, order and cheap check.
 *
 * @module
 */
import * as v from "valibot";
import {
  type HoldsSecret,
  inspectJson,
  type JsonValue,
  type JsonVerdict,
  worst,
} from "../json/value.ts";
import {
  count,
  hasIds,
  hasText,
  isCount,
  isName,
  isText,
  jsonValue,
  safeName,
  text,
  timestamp,
} from "./fields.ts";
import type { RecordIds, RecordKind } from "./record_kind.ts";
import { isTimestamp, timestamp as timestampNow } from "./timestamp.ts";

/** One line of `assertions.jsonl`: one recorded verdict. */
export interface AssertionRecord {
  /** Id of the instance that was judged. */
  instance_id: string;
  /** Id of the run. */
  run_id: string;
  /** The correlation id of the instance. */
  correlation_id: string;
  /** The step that was judged, or null for the instance as a whole. */
  step_index: number | null;
  /** What the assertion is called in the scenario. */
  assertion_name: string;
  /** The verdict. */
  passed: boolean;
  /** What should have been. */
  expected: JsonValue;
  /** What was. */
  actual: JsonValue;
  /** The verdict in words, or `""`. */
  message: string;
  /** When it was judged: UTC, ISO 8601 with milliseconds and `Z`. */
  timestamp: string;
}

/** Schema of {@linkcode AssertionRecord}. */
export const AssertionRecordSchema: v.GenericSchema<AssertionRecord> = v
  .strictObject({
    instance_id: safeName,
    run_id: safeName,
    correlation_id: text,
    step_index: v.nullable(count),
    assertion_name: text,
    passed: v.boolean(),
    expected: jsonValue,
    actual: jsonValue,
    message: v.string(),
    timestamp,
  });

/** The kind of {@linkcode AssertionRecord}. */
export const ASSERTION: RecordKind<AssertionRecord> = {
  name: "assertion",
  schema: AssertionRecordSchema,
  fieldCount: 10,
  optionalFields: [],
  objectFields: [],
  valueFields: ["expected", "actual"],
  textFields: ["message"],
  checks: {
    instance_id: isName,
    run_id: isName,
    correlation_id: isText,
    step_index: (value) => value === null || isCount(value),
    assertion_name: isText,
    passed: (value) => typeof value === "boolean",
    expected: () => true,
    actual: () => true,
    message: (value) => typeof value === "string",
    timestamp: isTimestamp,
  },
  order: (record) => ({
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
  }),
  // The step is the caller's to name, also in the library's own records.
  hasGoodNumbers: () => true,
  inspect,
  isRecord: (value) =>
    hasIds(value) && hasText(value, "assertion_name") &&
    hasText(value, "timestamp"),
};

function inspect(
  record: AssertionRecord,
  holdsSecret: HoldsSecret | undefined,
): JsonVerdict {
  const { step_index, expected, actual } = record;
  const good = (step_index === null || isCount(step_index)) &&
    isText(record.assertion_name) && typeof record.passed === "boolean" &&
    expected !== undefined && actual !== undefined &&
    typeof record.message === "string" && isTimestamp(record.timestamp);
  if (!good) return "bad";
  return worst(
    inspectJson(expected, holdsSecret),
    inspectJson(actual, holdsSecret),
  );
}

/** What `InstanceWriter.assertion` records. */
export interface AssertionInput {
  /** What the assertion is called in the scenario. */
  assertion_name: string;
  /** The verdict. */
  passed: boolean;
  /** What should have been. Default: null. */
  expected?: unknown;
  /** What was. Default: null. */
  actual?: unknown;
  /** The verdict in words. Default: `""`. */
  message?: string | undefined;
  /**
   * The step that was judged, or null for the instance as a whole. Default: the
   * latest step that was started, null before the first one.
   */
  step_index?: number | null | undefined;
  /** When it was judged. Default: now. */
  timestamp?: string | undefined;
}

/** Fields of {@linkcode AssertionInput}. */
export const ASSERTION_INPUT_FIELDS: readonly (keyof AssertionInput)[] = [
  "assertion_name",
  "passed",
  "expected",
  "actual",
  "message",
  "step_index",
  "timestamp",
];

/**
 * Makes the record of an assertion, in the order of the format.
 *
 * @param step_index The step that it is about where the input does not say.
 */
export function newAssertion(
  { instance_id, run_id, correlation_id }: RecordIds,
  input: AssertionInput,
  step_index: number | null,
): Record<keyof AssertionRecord, unknown> {
  return {
    instance_id,
    run_id,
    correlation_id,
    step_index,
    assertion_name: input.assertion_name,
    passed: input.passed,
    expected: input.expected ?? null,
    actual: input.actual ?? null,
    message: input.message ?? "",
    timestamp: input.timestamp ?? timestampNow(),
  };
}
