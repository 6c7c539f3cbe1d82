/**
 * The interface of a replay executor.
 *
 * @module
 */
import type { CorrelationHeaders } from "../format/correlation.ts";
import type { Manifest, Observation, StepRecord } from "../format/records.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { ReplayedStep } from "./verdict.ts";

/** What a {@linkcode ReplayExecutor} is given besides the step. */
export interface ReplayContext {
  /** The manifest of the run, with seed and config. */
  manifest: Manifest;
  /** Which scenario was executed; null where that is not known. */
  scenario_id: string | null;
  /** What the scenario was started with. */
  entry_data: JsonObject;
  /** The id that was sent then; null where it is unknown. */
  correlation_id: string | null;
  /** The headers that it was sent in, as `instance.headers()` gave them. */
  headers: Partial<CorrelationHeaders>;
  /** What was sent in this step; undefined where that is not known. */
  request: JsonValue | undefined;
  /** Names of the secrets that were put into the request. */
  secretNames: readonly string[];
  /** The steps that were replayed before this one, and what they gave. */
  earlier: readonly ReplayedStep[];
  /** Aborted when the replay is. */
  signal: AbortSignal;
}

/**
 * Executes a recorded step again and returns what it observed. What it throws is
 * a difference of the step, except an `ArtifactError`, which ends the replay.
 */
export type ReplayExecutor = (
  step: StepRecord,
  context: ReplayContext,
) => Observation | Promise<Observation>;

/** Executors by `step_type`, such as `{ http: httpExecutor(), sql: runQuery }`. */
export type ReplayExecutors = Readonly<Record<string, ReplayExecutor>>;

/** The executor of a step; undefined where none is for its type. */
export function executorOf(
  execute: ReplayExecutor | ReplayExecutors,
  step_type: string,
): ReplayExecutor | undefined {
  if (typeof execute === "function") return execute;
  return Object.hasOwn(execute, step_type) ? execute[step_type] : undefined;
}

/** Describes why a value is neither an executor nor executors by type. */
export function executorProblem(execute: unknown): string | undefined {
  if (typeof execute === "function") return undefined;
  if (typeof execute !== "object" || execute === null) {
    return `the executor is ${typeof execute}, not a function`;
  }
  const bad = Object.entries(execute)
    .find(([, one]) => typeof one !== "function");
  return bad &&
    `the executor for ${
      JSON.stringify(bad[0])
    } is ${typeof bad[1]}, not a function`;
}
