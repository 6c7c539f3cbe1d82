/**
 * `summary.json`: interface and schema.
 *
 * @module
 */
import * as v from "valibot";
import type { LatencySketchRecord } from "./latency_sketch.ts";
import { count, duration, isObject, safeName, timestamp } from "./fields.ts";

/** Counts of the instances of one scenario, or of all. */
export interface ScenarioCounts {
  /** Completed instances, without those that were tried again. */
  total_instances: number;
  /** Instances with `passed: true`. */
  pass_count: number;
  /** Instances with `passed: false`. */
  fail_count: number;
  /** Instances with `passed: null`: no verdict. */
  skip_count: number;
  /** Instances with an `error`. */
  error_count: number;
  /** Instances that passed as a retry of one that failed. */
  flaky_count: number;
}

/** One scenario in {@linkcode Summary}. */
export interface ScenarioSummary extends ScenarioCounts {
  /**
   * The latencies of the steps of its instances that completed, those that were
   * tried again included.
   */
  latency_sketch: LatencySketchRecord;
}

/** What a file held when the run ended. */
export interface FileSeal {
  /** Its length in bytes. */
  bytes: number;
  /** Number of newlines in it. */
  lines: number;
  /** SHA-256 of its bytes: 64 lowercase hex digits. */
  sha256: string;
}

/** What the artifact files held when the run ended. */
export interface ArtifactsSeal {
  /** Number of files. */
  files: number;
  /** Their length in bytes. */
  bytes: number;
  /**
   * The sum modulo 2^256 of one SHA-256 for each file: of its path below
   * `artifacts/`, a newline, and the SHA-256 of its content in hex.
   */
  sha256: string;
}

/** What the files of a run held when it ended, by their names. */
export interface RunSeal {
  /** The manifest. */
  "manifest.json": FileSeal;
  /** The instances. */
  "instances.jsonl": FileSeal;
  /** The steps. */
  "steps.jsonl": FileSeal;
  /** The assertions. */
  "assertions.jsonl": FileSeal;
  /** What never completed; null where everything did. */
  "started.jsonl": FileSeal | null;
  /** All artifact files. */
  artifacts: ArtifactsSeal;
}

/** `summary.json`: totals, written once at the end. */
export interface Summary extends ScenarioCounts {
  /** Id of the run. */
  run_id: string;
  /** Whether the run was finalized by its runner, or broke off. */
  status: "completed" | "interrupted";
  /** End of the run: UTC, ISO 8601 with milliseconds and `Z`. */
  completed_at: string;
  /** Time from the manifest's timestamp to the end, in milliseconds. */
  duration_ms: number;
  /** Instances that were started and did not complete. */
  incomplete_count: number;
  /** Percent of the instances with a verdict that passed, 0 to 100; 0 for none. */
  pass_rate: number;
  /** Lines of `steps.jsonl`. */
  total_steps: number;
  /** Steps whose observation has `ok: false`. */
  failed_steps: number;
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
  /** The sketch behind the percentiles. */
  latency_sketch: LatencySketchRecord;
  /** Counts and latencies per scenario id. */
  scenarios: Record<string, ScenarioSummary>;
  /** The seal: what the other files held when the run ended. */
  files: RunSeal;
}

const scenarioCounts = {
  total_instances: count,
  pass_count: count,
  fail_count: count,
  skip_count: count,
  error_count: count,
  flaky_count: count,
};

const latencySketch = v.strictObject({
  relative_error: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  zero_count: count,
  buckets: v.record(v.string(), count),
});

const sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/, "must be 64 lowercase hex digits"),
);

const fileSeal = v.strictObject({ bytes: count, lines: count, sha256 });

/** Schema of {@linkcode RunSeal}. */
export const RunSealSchema: v.GenericSchema<RunSeal> = v.strictObject({
  "manifest.json": fileSeal,
  "instances.jsonl": fileSeal,
  "steps.jsonl": fileSeal,
  "assertions.jsonl": fileSeal,
  "started.jsonl": v.nullable(fileSeal),
  artifacts: v.strictObject({ files: count, bytes: count, sha256 }),
});

/** Schema of {@linkcode Summary}. */
export const SummarySchema: v.GenericSchema<Summary> = v.strictObject({
  run_id: safeName,
  status: v.picklist(["completed", "interrupted"]),
  completed_at: timestamp,
  duration_ms: duration,
  ...scenarioCounts,
  incomplete_count: count,
  pass_rate: v.pipe(v.number(), v.minValue(0), v.maxValue(100)),
  total_steps: count,
  failed_steps: count,
  total_assertions: count,
  assertions_passed: count,
  assertions_failed: count,
  p50_latency_ms: v.nullable(duration),
  p95_latency_ms: v.nullable(duration),
  p99_latency_ms: v.nullable(duration),
  latency_sketch: latencySketch,
  // An array is a record too, as valibot sees it.
  scenarios: v.pipe(
    v.custom<Record<string, ScenarioSummary>>(isObject, "must be an object"),
    v.record(
      v.string(),
      v.strictObject({ ...scenarioCounts, latency_sketch: latencySketch }),
    ),
  ),
  files: RunSealSchema,
});
