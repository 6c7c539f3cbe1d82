/**
 * The records of a run: the one owner of field names, their order and their
 * types. Each record is an interface, and a valibot schema that the compiler
 * holds to it.
 *
 * @module
 */
import * as v from "valibot";
import { TIMESTAMP } from "./timestamp.ts";
import {
  findJsonProblem,
  type JsonObject,
  type JsonValue,
} from "../json/value.ts";
import { isSafeName } from "./names.ts";

/** When an acknowledgement is given: see the guarantees in the README. */
export type Durability = "instance" | "record" | "os";

/** A person's or a generator's seed. */
export type Seed = number | string | null;

/** `manifest.json`: what was run, written once at the start. */
export interface Manifest {
  /** Version of the format on disk: 1. */
  format_version: 1;
  /** The run's id, and the name of its directory. */
  run_id: string;
  /** Start of the run: UTC, ISO 8601 with milliseconds and `Z`. */
  timestamp: string;
  /** Name of the system under test. */
  sut_name: string;
  /** Ids of the scenarios that the run drives. */
  scenario_ids: string[];
  /** The seed that everything random in the run was drawn from. */
  seed: Seed;
  /** The runner's own configuration. */
  config: JsonObject;
  /** When acknowledgements were given. */
  durability: Durability;
  /** Name and version of the writer. */
  created_by: string;
}

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
  /** End of the step: UTC, ISO 8601 with milliseconds and `Z`. */
  timestamp: string;
  /** What the action saw. */
  observation: Observation;
  /** Artifact files of the step: paths relative to the run directory. */
  artifacts: string[];
}

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

/** Counts of one scenario in {@linkcode Summary}. */
export interface ScenarioSummary {
  /** Completed instances. */
  total_instances: number;
  /** Instances with `passed: true`. */
  pass_count: number;
  /** Instances with `passed: false`. */
  fail_count: number;
  /** Instances with an `error`. */
  error_count: number;
}

/** `summary.json`: totals, written once at the end. */
export interface Summary extends ScenarioSummary {
  /** Id of the run. */
  run_id: string;
  /** Whether the run was finalized by its runner, or broke off. */
  status: "completed" | "interrupted";
  /** End of the run: UTC, ISO 8601 with milliseconds and `Z`. */
  completed_at: string;
  /** Time from the manifest's timestamp to the end, in milliseconds. */
  duration_ms: number;
  /** Percent of the completed instances that passed, 0 to 100; 0 for none. */
  pass_rate: number;
  /** Lines of `steps.jsonl`. */
  total_steps: number;
  /** Lines of `assertions.jsonl`. */
  total_assertions: number;
  /** Assertions with `passed: true`. */
  assertions_passed: number;
  /** Assertions with `passed: false`. */
  assertions_failed: number;
  /** Median of `observation.latency_ms`, within 1 %; null for none. */
  p50_latency_ms: number | null;
  /** 95th percentile of `observation.latency_ms`, within 1 %; null for none. */
  p95_latency_ms: number | null;
  /** 99th percentile of `observation.latency_ms`, within 1 %; null for none. */
  p99_latency_ms: number | null;
  /** Counts per scenario id. */
  scenarios: Record<string, ScenarioSummary>;
}

const text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
const safeName = v.pipe(
  v.string(),
  v.check(isSafeName, "must be a safe file name"),
);
const timestamp = v.pipe(
  v.string(),
  v.regex(TIMESTAMP, 'must look like "2024-01-15T10:30:00.000Z"'),
);
const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const duration = v.pipe(v.number(), v.finite(), v.minValue(0));

/** Schema of any JSON value. */
export const jsonValue: v.GenericSchema<JsonValue> = v.custom<JsonValue>(
  (value) => value !== undefined && findJsonProblem(value, "") === undefined,
  "must be JSON",
);
/** Schema of any JSON object. */
export const jsonObject: v.GenericSchema<JsonObject> = v.custom<JsonObject>(
  (value) => isObject(value) && findJsonProblem(value, "") === undefined,
  "must be a JSON object",
);

const scenarioCounts = {
  total_instances: count,
  pass_count: count,
  fail_count: count,
  error_count: count,
};

const manifestEntries = {
  format_version: v.literal(1),
  run_id: safeName,
  timestamp,
  sut_name: text,
  scenario_ids: v.array(text),
  seed: v.union([v.pipe(v.number(), v.safeInteger()), v.string(), v.null()]),
  config: jsonObject,
  durability: v.picklist(["instance", "record", "os"]),
  created_by: text,
};

/** Schemas of the fields of a manifest that are options of `createRun`. */
export const ManifestOptions: {
  run_id: v.GenericSchema<string>;
  sut_name: v.GenericSchema<string>;
  scenario_ids: v.GenericSchema<string[]>;
  seed: v.GenericSchema<Seed>;
  config: v.GenericSchema<JsonObject>;
  durability: v.GenericSchema<Durability>;
} = manifestEntries;

/** Schema of {@linkcode Manifest}. */
export const ManifestSchema: v.GenericSchema<Manifest> = v.strictObject(
  manifestEntries,
);

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

/** Schema of {@linkcode InstanceInput}. */
export const InstanceInputSchema: v.GenericSchema<InstanceInput> = v
  .strictObject({
    scenario_id: text,
    entry_data: v.optional(jsonObject),
    instance_id: v.optional(safeName),
  });

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
  timestamp,
  observation,
  artifacts: v.array(text),
});

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

/** Schema of {@linkcode Summary}. */
export const SummarySchema: v.GenericSchema<Summary> = v.strictObject({
  run_id: safeName,
  status: v.picklist(["completed", "interrupted"]),
  completed_at: timestamp,
  duration_ms: duration,
  ...scenarioCounts,
  pass_rate: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  total_steps: count,
  total_assertions: count,
  assertions_passed: count,
  assertions_failed: count,
  p50_latency_ms: v.nullable(duration),
  p95_latency_ms: v.nullable(duration),
  p99_latency_ms: v.nullable(duration),
  // An array is a record too, as valibot sees it.
  scenarios: v.pipe(
    v.custom<Record<string, ScenarioSummary>>(isObject, "must be an object"),
    v.record(v.string(), v.strictObject(scenarioCounts)),
  ),
});

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
