/**
 * Finds out why instances failed, in bounded memory.
 *
 * @module
 */
import { InstanceIds } from "../format/instance_ids.ts";
import { shorten } from "../json/preview.ts";
import {
  type AssertionRecord,
  errorText,
  type InstanceRecord,
  type StepRecord,
} from "../format/records.ts";
import {
  assertionReason,
  REASON_LENGTH_MAX,
} from "../format/assertion_reason.ts";
import { isFailed } from "../format/instance_record.ts";
import { stepReason } from "../format/step_reason.ts";

/** Maximum number of failed instances that are examined; more are only counted. */
export const FAILURES_MAX = 100_000;
/** Maximum number of causes that are distinguished. */
export const CAUSES_MAX = 1_000;
const EXAMPLES_MAX = 5;

/** A failed instance, and the first thing that went wrong in it. */
export interface FailedInstance {
  /** Id of the instance. */
  instance_id: string;
  /** The scenario that it executed. */
  scenario_id: string;
  /** The id that was sent to the system under test: search its logs for it. */
  correlation_id: string;
  /** The step that failed; null where that is not known. */
  step_index: number | null;
  /** Name of that step; null where that is not known. */
  step_name: string | null;
  /** Status code that the step observed, or null. */
  status_code: number | null;
  /** The first assertion that failed; null where none did. */
  assertion_name: string | null;
  /**
   * The message of the assertion, or its expected and actual values, or the error:
   * at most 200 characters.
   */
  reason: string;
}

/** Failures with the same step, assertion and status code, or the same error. */
export interface FailureCause {
  /** Number of instances that failed for this cause. */
  count: number;
  /** Name of the step that failed; null where that is not known. */
  step_name: string | null;
  /** Status code that the step observed, or null. */
  status_code: number | null;
  /** The assertion that failed; null where none did. */
  assertion_name: string | null;
  /** Reason of the first example; those of the others may differ in values. */
  reason: string;
  /** The scenarios of the instances, sorted. */
  scenarios: string[];
  /** Ids of up to 5 of the instances, sorted. */
  examples: string[];
}

/** The failed instances of a run, and their causes. */
export interface Failures {
  /** Number of instances that failed, without those that were tried again. */
  total: number;
  /** The causes, the most frequent first: at most 1,000. */
  causes: FailureCause[];
  /**
   * The instances that failed, sorted by id; together with `retried` at most 100,000.
   */
  instances: FailedInstance[];
  /** Those that failed and were tried again: they are in no other count. */
  retried: FailedInstance[];
}

/** Collects failures: takes all instances, then all assertions, then all steps. */
export class FailureCollector {
  readonly #byInstance = new Map<string, FailedInstance>();
  /** Instances without an error and without a failed assertion. */
  readonly #unexplained = new Set<string>();
  /** Those of them that have a step with `ok: false`. */
  readonly #blamed = new Set<string>();
  readonly #failed = new InstanceIds();
  /** Instances that were tried again, whether or not they were seen. */
  readonly #retried = new InstanceIds();
  #total = 0;

  /** Takes an instance that completed. */
  addInstance(record: InstanceRecord): void {
    if (record.retry_of !== null) this.#retry(record.retry_of);
    if (!isFailed(record)) return;
    this.#failed.add(record.instance_id);
    // Its retry may have been recorded before it.
    if (!this.#retried.has(record.instance_id)) this.#total++;
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

  /** Whether an instance failed, and is examined. */
  has(instance_id: string): boolean {
    return this.#byInstance.has(instance_id);
  }

  /** Takes an assertion. */
  addAssertion(record: AssertionRecord): void {
    if (record.passed) return;
    const failure = this.#failureOf(record);
    if (!failure || failure.assertion_name !== null) return;
    this.#unexplained.delete(failure.instance_id);
    failure.assertion_name = record.assertion_name;
    failure.step_index = record.step_index;
    failure.reason = assertionReason(record);
  }

  /**
   * Takes a step. The step that failed is the one of the failed assertion; without
   * an assertion and an error the first one with `ok: false`; else the last one.
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

  /** Returns the collected failures; sorts them, so call it once. */
  failures(): Failures {
    const all = [...this.#byInstance.values()].sort((a, b) =>
      a.instance_id < b.instance_id ? -1 : 1
    );
    const isRetried = ({ instance_id }: FailedInstance) =>
      this.#retried.has(instance_id);
    const instances = all.filter((failure) => !isRetried(failure));
    return {
      total: this.#total,
      causes: causesOf(instances),
      instances,
      retried: all.filter(isRetried),
    };
  }

  /** Removes the instance that is tried again from the count. */
  #retry(retry_of: string): void {
    if (this.#retried.has(retry_of)) return;
    this.#retried.add(retry_of);
    if (this.#failed.has(retry_of)) this.#total--;
  }

  /** The failure of a record, unless it is of an attempt that was interrupted. */
  #failureOf(
    { instance_id, correlation_id }: StepRecord | AssertionRecord,
  ): FailedInstance | undefined {
    const failure = this.#byInstance.get(instance_id);
    return failure?.correlation_id === correlation_id ? failure : undefined;
  }
}

function causesOf(instances: readonly FailedInstance[]): FailureCause[] {
  const causes = new Map<string, FailureCause & { ids: Set<string> }>();
  for (const instance of instances) {
    const { instance_id, scenario_id } = instance;
    const key = causeKey(instance);
    let cause = causes.get(key);
    if (!cause) {
      if (causes.size >= CAUSES_MAX) continue;
      const { step_name, status_code, assertion_name, reason } = instance;
      cause = {
        count: 0,
        step_name,
        status_code,
        assertion_name,
        reason,
        scenarios: [],
        examples: [],
        ids: new Set(),
      };
      causes.set(key, cause);
    }
    cause.count++;
    cause.ids.add(scenario_id);
    if (cause.examples.length < EXAMPLES_MAX) cause.examples.push(instance_id);
  }
  return [...causes.values()]
    .map(({ ids, ...cause }) => ({ ...cause, scenarios: [...ids].sort() }))
    .sort((a, b) => b.count - a.count);
}

/** What a failed instance and its cause have in common. */
export function causeKey(
  failure: Pick<
    FailedInstance,
    "step_name" | "assertion_name" | "status_code" | "reason"
  >,
): string {
  const { step_name, assertion_name, status_code } = failure;
  // Errors that differ only in ids, times and ports have the same cause.
  const error = assertion_name === null
    ? failure.reason.replaceAll(/\b[0-9a-f-]{8,}\b|\d+/gi, "#")
    : null;
  return JSON.stringify([step_name, assertion_name, status_code, error]);
}
