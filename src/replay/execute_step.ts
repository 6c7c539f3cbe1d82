/**
 * Passes one step to its executor, and takes what it observed.
 *
 * @module
 */
import { ArtifactError, messageOf } from "../errors.ts";
import type { Observation, StepRecord } from "../format/records.ts";
import { findJsonProblem } from "../json/value.ts";
import type { ReplayContext, ReplayExecutor } from "./executor.ts";

/** What an executor gave. */
export interface Execution {
  /** What it observed; null where it gave no observation. */
  actual: Observation | null;
  /** Why there is none, in words. */
  error: string | null;
  /** Its refusal of a step for which the recording lacks something. */
  refusal?: ArtifactError;
}

/**
 * Executes a step.
 *
 * @throws {ArtifactError} that the executor throws; a refused step is none.
 * @throws the reason of the signal, once it is aborted.
 */
export async function executeStep(
  execute: ReplayExecutor,
  step: StepRecord,
  context: ReplayContext,
): Promise<Execution> {
  const { signal } = context;
  try {
    const actual = await unlessAborted(
      signal,
      async () => await execute(structuredClone(step), context),
    );
    const problem = observationProblem(actual);
    if (problem !== undefined) return { actual: null, error: problem };
    return { actual, error: null };
  } catch (cause) {
    signal.throwIfAborted();
    if (!(cause instanceof ArtifactError)) {
      return { actual: null, error: messageOf(cause) };
    }
    if (cause.code !== "INCOMPLETE_RECORDING") throw cause;
    return { actual: null, error: cause.message, refusal: cause };
  }
}

/** Runs `action`, and does not wait for it any longer once the signal says so. */
async function unlessAborted<T>(
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    return await Promise.race([action(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function observationProblem(value: unknown): string | undefined {
  const isObject = typeof value === "object" && value !== null &&
    !Array.isArray(value);
  if (!isObject) return "The executor gave no observation";
  const problem = findJsonProblem(value, "");
  return problem &&
    `The executor gave an observation that JSON cannot hold: "${problem.path}" is ${problem.found}`;
}
