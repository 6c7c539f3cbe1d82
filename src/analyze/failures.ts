/**
 * Why instances failed, put together from the three files in one pass each, in
 * bounded memory.
 *
 * @module
 */
import { errorText } from "../format/records.ts";
import type { JsonObject } from "../json/value.ts";
import { compactJson, shorten } from "../json/preview.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";

/** Failed instances that are looked into; more are only counted. */
export const FAILURES_MAX = 100_000;
/** Causes that are told apart; more are only counted. */
export const CAUSES_MAX = 1_000;
const REASON_LENGTH_MAX = 200;

/** A failed instance, and what broke first. */
export interface Failure {
  instance_id: string;
  scenario_id: string;
  correlation_id: string;
  /** The step at which it broke; null where that is not known. */
  step_index: number | null;
  step_name: string | null;
  /** What the step came back with. */
  status_code: number | null;
  /** The first assertion that failed; null where none did. */
  assertion_name: string | null;
  /** The assertion's message, or expected against actual, or the error. */
  reason: string;
}

/** Failures of the same scenario, step, assertion and status code. */
export interface Cause {
  count: number;
  /** The one with the least instance id. */
  example: Failure;
}

/** Whether an instance failed: by its verdict, or because it broke off. */
export function isFailed(
  { passed, error }: Pick<InstanceRecord, "passed" | "error">,
): boolean {
  return passed === false || error !== null;
}

/** Is given instances, then assertions, then steps, and tells what broke. */
export class Failures {
  readonly #byInstance = new Map<string, Failure>();
  /** Those without an error and without a failed assertion. */
  readonly #unexplained = new Set<string>();
  /** Those of them that have a step with `ok: false`. */
  readonly #blamed = new Set<string>();
  #total = 0;

  /** How many instances failed. */
  get total(): number {
    return this.#total;
  }

  /** Looks at an instance; all of them come first. */
  addInstance(record: InstanceRecord): void {
    if (!isFailed(record)) return;
    this.#total++;
    if (this.#byInstance.size >= FAILURES_MAX) return;
    const { instance_id, scenario_id, correlation_id, error } = record;
    if (error === null) this.#unexplained.add(instance_id);
    this.#byInstance.set(instance_id, {
      instance_id,
      scenario_id,
      correlation_id,
      step_index: null,
      step_name: null,
      status_code: null,
      assertion_name: null,
      reason: shorten(
        error === null ? "no reason was recorded" : errorText(error),
        REASON_LENGTH_MAX,
      ),
    });
  }

  /** Looks at an assertion; all of them come before the steps. */
  addAssertion(record: AssertionRecord): void {
    if (record.passed) return;
    const failure = this.#failureOf(record);
    if (!failure || failure.assertion_name !== null) return;
    this.#unexplained.delete(failure.instance_id);
    failure.assertion_name = record.assertion_name;
    failure.step_index = record.step_index;
    failure.reason = reasonOf(record);
  }

  /**
   * Looks at a step: the one that was judged, else the first that was not ok where
   * nothing else says why, else the last one.
   */
  addStep(record: StepRecord): void {
    const failure = this.#failureOf(record);
    if (!failure) return;
    const { step_index, step_name, observation } = record;
    const latest = failure.step_index ?? 0;
    let isIt = failure.assertion_name === null
      ? step_index >= latest
      : step_index === failure.step_index;
    if (this.#unexplained.has(failure.instance_id)) {
      const isBlamed = this.#blamed.has(failure.instance_id);
      const isNotOk = observation.ok === false;
      isIt = isBlamed ? isNotOk && step_index < latest : isNotOk || isIt;
      if (isIt && isNotOk) {
        this.#blamed.add(failure.instance_id);
        failure.reason = stepReason(record);
      }
    }
    if (!isIt) return;
    failure.step_index = step_index;
    failure.step_name = step_name;
    failure.status_code = observation.status_code ?? null;
  }

  /** The failures that were looked into, in the order of their instances. */
  list(): Failure[] {
    return [...this.#byInstance.values()].sort((a, b) =>
      a.instance_id < b.instance_id ? -1 : 1
    );
  }

  /** The causes, the most frequent first. */
  causes(): Cause[] {
    const causes = new Map<string, Cause>();
    for (const failure of this.list()) {
      const key = keyOf(failure);
      const cause = causes.get(key);
      if (cause) cause.count++;
      else if (causes.size < CAUSES_MAX) {
        causes.set(key, { count: 1, example: failure });
      }
    }
    return [...causes.values()].sort((a, b) => b.count - a.count);
  }

  /** Not where it is of an attempt that was interrupted. */
  #failureOf(
    { instance_id, correlation_id }: StepRecord | AssertionRecord,
  ): Failure | undefined {
    const failure = this.#byInstance.get(instance_id);
    return failure?.correlation_id === correlation_id ? failure : undefined;
  }
}

/** What a step that was not ok says of itself. */
function stepReason({ observation }: StepRecord): string {
  const { errors = [], status_code } = observation;
  const [error] = errors;
  const message = typeof error === "object" && error !== null
    ? (error as JsonObject).message
    : error;
  if (typeof message === "string") return shorten(message, REASON_LENGTH_MAX);
  return typeof status_code === "number"
    ? `status ${status_code}, and no assertion judged it`
    : "not ok, and no assertion judged it";
}

/** What an assertion says, or expected against actual where it says nothing. */
export function reasonOf(
  { message, expected, actual }: AssertionRecord,
): string {
  const half = REASON_LENGTH_MAX / 2;
  return shorten(message, REASON_LENGTH_MAX) ||
    `expected ${compactJson(expected, half)}, got ${compactJson(actual, half)}`;
}

function keyOf(failure: Failure): string {
  const { scenario_id, step_name, assertion_name, status_code } = failure;
  // Errors differ in ids, times and ports: that makes no other cause.
  const error = assertion_name === null
    ? failure.reason.replaceAll(/\b[0-9a-f-]{8,}\b|\d+/gi, "#")
    : null;
  return JSON.stringify([
    scenario_id,
    step_name,
    assertion_name,
    status_code,
    error,
  ]);
}
