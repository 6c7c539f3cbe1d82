/**
 * Arranges the records of one instance by step.
 *
 * @module
 */
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import type { JsonValue } from "../json/value.ts";
import type { ArtifactFile, InstanceTrace } from "../read/mod.ts";
import { type MessagePart, messagePlace } from "../format/step_message.ts";
import { isFailed } from "../format/instance_record.ts";

/**
 * How an instance ended: `"error"` without a verdict but with an error, `"none"`
 * with neither, `"incomplete"` where it never completed.
 */
export type InstanceVerdict =
  | "passed"
  | "failed"
  | "error"
  | "none"
  | "incomplete";

/** Where the request or the response of a step is. */
export interface StepMessageSource {
  /**
   * The path of its file in the run directory; null where it is in the line of
   * the step.
   */
  path: string | null;
  /** The file; null where it is missing, or where there is none. */
  file: ArtifactFile | null;
  /**
   * False where the file is not there because the instance passed, or was open at
   * a crash: `requests: "on-failure"`.
   */
  isKept: boolean;
  /** The value in the line of the step; undefined where it is in a file. */
  value?: JsonValue | undefined;
}

/** A step of an {@linkcode InstanceTimeline}. */
export interface TimelineStep {
  /** The step. */
  record: StepRecord;
  /** Its start, in milliseconds from the start of the first step. */
  startMs: number;
  /** Its end: the start and the latency. */
  endMs: number;
  /** The assertions that judge it, as they were recorded. */
  assertions: AssertionRecord[];
  /**
   * Whether the step failed: an assertion of it failed, it has `ok: false`, or it
   * is the last step of an instance that ended with an error.
   */
  isFailed: boolean;
  /** Its recorded request; null for none. */
  request: StepMessageSource | null;
  /** Its recorded response; null for none. */
  response: StepMessageSource | null;
}

/** The records of one instance, by step. */
export interface InstanceTimeline {
  /** How the instance ended. */
  verdict: InstanceVerdict;
  /** Time from the start of the first step to the end of the last one. */
  durationMs: number;
  /** The steps, in their order. */
  steps: TimelineStep[];
  /** Assertions on steps that were not recorded, by `step_index`. */
  unrecordedSteps: { step_index: number; assertions: AssertionRecord[] }[];
  /** Assertions on the instance as a whole. */
  assertions: AssertionRecord[];
  /** Number of records of earlier attempts, which were interrupted. */
  abandonedCount: number;
}

/**
 * Returns how an instance ended.
 *
 * @param instance Its record; null where it never completed.
 *
 * @example
 * ```ts
 * import { instanceVerdict } from "@windtunnel/artifacts";
 *
 * console.log(instanceVerdict({ passed: null, error: null })); // none
 * ```
 */
export function instanceVerdict(
  instance: Pick<InstanceRecord, "passed" | "error"> | null,
): InstanceVerdict {
  if (!instance) return "incomplete";
  if (isFailed(instance)) return instance.passed === false ? "failed" : "error";
  return instance.passed ? "passed" : "none";
}

/**
 * Arranges the records of one instance by step, with times, assertions and files.
 * Reads no file.
 *
 * @param trace What `RunReader.instance` returned.
 *
 * @example
 * ```ts
 * import { createRun, instanceTimeline, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({ step_name: "pay", step_type: "http" });
 * await instance.complete({ passed: true });
 * await run.finalize();
 *
 * const trace = await (await openRun(run.path)).instance("inst_001");
 * for (const { record, isFailed } of instanceTimeline(trace).steps) {
 *   console.log(record.step_name, isFailed); // pay false
 * }
 * ```
 */
export function instanceTimeline(trace: InstanceTrace): InstanceTimeline {
  const { instance, steps, abandoned } = trace;
  const files = new Map(trace.artifacts.map((file) => [file.path, file]));
  const byStep = Map.groupBy(
    trace.assertions,
    ({ step_index }) => step_index,
  );
  const mayBeGone = instance === null || instance.passed === true;
  const { startMs, endMs } = spanOfAll(steps);
  const timelineSteps = steps.map((record, i): TimelineStep => {
    const assertions = byStep.get(record.step_index) ?? [];
    const span = spanOf(record);
    const isLast = i === steps.length - 1;
    return {
      record,
      startMs: span.startMs - startMs,
      endMs: span.endMs - startMs,
      assertions,
      isFailed: assertions.some(({ passed }) => !passed) ||
        record.observation.ok === false ||
        (isLast && instance !== null && instance.error !== null),
      request: sourceOf(record, "request", files, mayBeGone),
      response: sourceOf(record, "response", files, mayBeGone),
    };
  });
  const wholeInstance = byStep.get(null) ?? [];
  byStep.delete(null);
  for (const { step_index } of steps) byStep.delete(step_index);
  return {
    verdict: instanceVerdict(instance),
    durationMs: endMs - startMs,
    steps: timelineSteps,
    unrecordedSteps: [...byStep].map(([step_index, assertions]) => ({
      step_index: step_index!,
      assertions,
    })),
    assertions: wholeInstance,
    abandonedCount: abandoned.steps.length + abandoned.assertions.length,
  };
}

interface TimeSpan {
  startMs: number;
  endMs: number;
}

function spanOf({ timestamp, observation }: StepRecord): TimeSpan {
  const startMs = Date.parse(timestamp);
  return { startMs, endMs: startMs + (observation.latency_ms ?? 0) };
}

function spanOfAll(steps: readonly StepRecord[]): TimeSpan {
  if (steps.length === 0) return { startMs: 0, endMs: 0 };
  const all: TimeSpan = { startMs: Infinity, endMs: -Infinity };
  for (const step of steps) {
    const { startMs, endMs } = spanOf(step);
    all.startMs = Math.min(all.startMs, startMs);
    all.endMs = Math.max(all.endMs, endMs);
  }
  return all;
}

function sourceOf(
  step: StepRecord,
  part: MessagePart,
  files: ReadonlyMap<string, ArtifactFile>,
  mayBeGone: boolean,
): StepMessageSource | null {
  const place = messagePlace(step, part);
  if (place === null) return null;
  const { path, value, isOptional } = place;
  if (path === null) return { path, file: null, isKept: true, value };
  const file = files.get(path) ?? null;
  return { path, file, isKept: file !== null || !(isOptional && mayBeGone) };
}
