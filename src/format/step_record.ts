/**
 * A line of `steps.jsonl`: interface, schema, order and cheap check.
 *
 * What a field means, how it is checked and where it comes from have one owner,
 * and so it is one file.
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
  count,
  duration,
  hasIds,
  hasText,
  isCount,
  isDuration,
  isName,
  isObject,
  isSpanId,
  isText,
  jsonObject,
  jsonValue,
  safeName,
  spanId,
  text,
  timestamp,
} from "./fields.ts";
import type { RecordKind } from "./record_kind.ts";
import { isTimestamp } from "./timestamp.ts";

/** What an action saw. All fields are optional, and others are kept too. */
export interface Observation extends JsonObject {
  /** Whether the action did what it should. */
  ok?: boolean;
  /** Status code of the answer. */
  status_code?: number | null;
  /** Time from sending to the whole answer, in milliseconds. */
  latency_ms?: number | null;
  /** Headers of the answer. */
  headers?: JsonObject | null;
  /** Body of the answer. */
  body?: JsonValue;
  /** What went wrong, as the action saw it. */
  errors?: JsonValue[];
}

/** One line of `steps.jsonl`: one action and its observation. */
export interface StepRecord {
  /** Id of the instance that took the step. */
  instance_id: string;
  /** Id of the run. */
  run_id: string;
  /** The correlation id of the instance. */
  correlation_id: string;
  /** Place among the steps of the instance, from 0. */
  step_index: number;
  /** What the step is called in the scenario. */
  step_name: string;
  /** Kind of action, such as `"http"`. */
  step_type: string;
  /** Its id in a W3C trace context: 16 hex digits. */
  span_id: string;
  /** Start of the step: UTC, ISO 8601 with milliseconds and `Z`. */
  timestamp: string;
  /** What the action saw. */
  observation: Observation;
  /** Artifact files of the step: paths relative to the run directory. */
  artifacts: string[];
  /**
   * What was sent, where that is not in a file that `artifacts` lists; absent
   * otherwise. `{"$artifact": path, "bytes": n}` where it was too large.
   */
  request?: JsonValue;
  /** What came back, in the same way. */
  response?: JsonValue;
}

const observation: v.GenericSchema<Observation> = v.pipe(
  jsonObject,
  v.objectWithRest({
    ok: v.optional(v.boolean()),
    status_code: v.optional(v.nullable(v.number())),
    latency_ms: v.optional(v.nullable(duration)),
    headers: v.optional(v.nullable(jsonObject)),
    body: v.optional(jsonValue),
    errors: v.optional(v.array(jsonValue)),
  }, v.optional(jsonValue)),
);

/** Schema of {@linkcode StepRecord}. */
export const StepRecordSchema: v.GenericSchema<StepRecord> = v.strictObject({
  instance_id: safeName,
  run_id: safeName,
  correlation_id: text,
  step_index: count,
  step_name: text,
  step_type: text,
  span_id: spanId,
  timestamp,
  observation,
  artifacts: v.array(text),
  request: v.optional(jsonValue),
  response: v.optional(jsonValue),
});

/** The kind of {@linkcode StepRecord}. */
export const STEP: RecordKind<StepRecord> = {
  name: "step",
  schema: StepRecordSchema,
  fieldCount: 10,
  optionalFields: ["request", "response"],
  objectFields: ["observation"],
  valueFields: ["request", "response"],
  textFields: [],
  checks: {
    instance_id: isName,
    run_id: isName,
    correlation_id: isText,
    step_index: isCount,
    step_name: isText,
    step_type: isText,
    span_id: isSpanId,
    timestamp: isTimestamp,
    observation: {
      ok: (value) => typeof value === "boolean",
      status_code: (value) => value === null || typeof value === "number",
      latency_ms: (value) => value === null || isDuration(value),
      headers: (value) => value === null || isObject(value),
      errors: Array.isArray,
    },
    artifacts: (value) => Array.isArray(value) && value.every(isText),
    request: () => true,
    response: () => true,
  },
  order(record) {
    const ordered: StepRecord = {
      instance_id: record.instance_id,
      run_id: record.run_id,
      correlation_id: record.correlation_id,
      step_index: record.step_index,
      step_name: record.step_name,
      step_type: record.step_type,
      span_id: record.span_id,
      timestamp: record.timestamp,
      observation: record.observation,
      artifacts: record.artifacts,
    };
    const { request, response } = record;
    if (request !== undefined) ordered.request = request;
    if (response !== undefined) ordered.response = response;
    return ordered;
  },
  hasGoodNumbers: ({ step_index, span_id, artifacts }) =>
    isCount(step_index) && isSpanId(span_id) && Array.isArray(artifacts) &&
    inspectJson(artifacts) === "clean" && artifacts.every(isText),
  inspect,
  isRecord: (value) =>
    hasIds(value) && hasText(value, "step_name") &&
    typeof value.observation === "object" && value.observation !== null &&
    typeof value.step_index === "number" && hasText(value, "timestamp"),
};

function inspect(
  record: StepRecord,
  holdsSecret: HoldsSecret | undefined,
): JsonVerdict {
  const { observation, request, response } = record;
  const good = isText(record.step_name) && isText(record.step_type) &&
    isTimestamp(record.timestamp) && isObject(observation);
  if (!good) return "bad";
  // The walk first: a proxy or a getter may answer otherwise the second time.
  let verdict = inspectJson(observation, holdsSecret);
  if (!hasGoodFields(observation)) return "bad";
  if (request !== undefined) {
    verdict = worst(verdict, inspectJson(request, holdsSecret));
  }
  if (response !== undefined) {
    verdict = worst(verdict, inspectJson(response, holdsSecret));
  }
  return verdict;
}

function hasGoodFields(
  { ok, status_code, latency_ms, headers, errors }: Observation,
): boolean {
  return (ok === undefined || typeof ok === "boolean") &&
    (status_code === undefined || status_code === null ||
      typeof status_code === "number") &&
    (latency_ms === undefined || latency_ms === null ||
      isDuration(latency_ms)) &&
    (headers === undefined || headers === null || isObject(headers)) &&
    (errors === undefined || Array.isArray(errors));
}

/**
 * What an action saw. All fields are optional, and others are kept too. Values
 * that JSON cannot hold are kept as `$type`: see `reviveValues`.
 */
export interface ObservationInput {
  /** Whether the action did what it should. */
  ok?: boolean | undefined;
  /** Status code of the answer. */
  status_code?: number | null | undefined;
  /** Time from sending to the whole answer, in milliseconds. */
  latency_ms?: number | null | undefined;
  /** Headers of the answer. */
  headers?: object | null | undefined;
  /** Body of the answer. */
  body?: unknown;
  /** What went wrong, as the action saw it. */
  errors?: readonly unknown[] | undefined;
  /** Whatever else the action saw. */
  [field: string]: unknown;
}

/** What a step ends with. */
export interface StepResult {
  /** What the action saw. Default: `{}`. */
  observation?: ObservationInput | undefined;
  /** What was sent: put where `requests` of the run says. */
  request?: unknown;
  /** What came back: put where `requests` of the run says. */
  response?: unknown;
  /** Other artifacts of the step: paths that `artifact()` gave. */
  artifacts?: readonly string[] | undefined;
}

/** What `InstanceWriter.startStep` starts. */
export interface StepStart {
  /** What the step is called in the scenario. */
  step_name: string;
  /** Kind of action, such as `"http"`. */
  step_type: string;
  /** Start of the step. Default: now. */
  timestamp?: string | undefined;
}

/** What `InstanceWriter.step` records. */
export interface StepInput extends StepStart, StepResult {
  /**
   * Start of the step. Default: now, less `observation.latency_ms` where that is
   * given.
   */
  timestamp?: string | undefined;
}

/** Fields of {@linkcode StepStart}. */
export const STEP_START_FIELDS: readonly (keyof StepStart)[] = [
  "step_name",
  "step_type",
  "timestamp",
];

/** Fields of {@linkcode StepResult}. */
export const STEP_RESULT_FIELDS: readonly (keyof StepResult)[] = [
  "observation",
  "request",
  "response",
  "artifacts",
];

/** Fields of {@linkcode Observation} that have a meaning of their own. */
export const OBSERVATION_FIELDS: readonly (keyof Observation & string)[] = [
  "ok",
  "status_code",
  "latency_ms",
  "headers",
  "body",
  "errors",
];

/**
 * Makes the record of a step, in the order of the format.
 *
 * @param start The fields that the step has from its start.
 * @param result What the caller ended it with.
 * @param artifacts The paths of its files.
 * @param messages The request and the response, where its line has them.
 */
export function newStep(
  { instance_id, run_id }: Pick<StepRecord, "instance_id" | "run_id">,
  correlation_id: string,
  { step_index, step_name, span_id, timestamp }: Pick<
    StepRecord,
    "step_index" | "step_name" | "span_id" | "timestamp"
  >,
  step_type: string,
  { observation = {} }: StepResult,
  artifacts: string[],
  { request, response }: Pick<StepResult, "request" | "response">,
): NewStep {
  const step: NewStep = {
    instance_id,
    run_id,
    correlation_id,
    step_index,
    step_name,
    step_type,
    span_id,
    timestamp,
    observation,
    artifacts,
  };
  if (request !== undefined) step.request = request;
  if (response !== undefined) step.response = response;
  return step;
}

/** A step as it was given: its values are checked when it is encoded. */
export type NewStep =
  & Omit<StepRecord, "observation" | "request" | "response">
  & {
    observation: ObservationInput;
    request?: unknown;
    response?: unknown;
  };
