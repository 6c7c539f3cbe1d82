/**
 * Lists all reasons why an instance failed, for reports that list instances.
 *
 * @module
 */
import { assertionReason } from "../format/assertion_reason.ts";
import {
  type AssertionRecord,
  errorText,
  type InstanceRecord,
  type StepRecord,
} from "../format/records.ts";
import { stepReason } from "../format/step_reason.ts";

/** Reasons that are listed for an instance. */
const REASONS_MAX = 50;

/** Something that went wrong in an instance. */
export interface FailureReason {
  /** The assertion that failed, the class of the error, or `"step"`. */
  type: string;
  /** What went wrong, in one line: `pay: status: expected 201, got 502`. */
  text: string;
}

/**
 * Lists what went wrong in an instance: assertions that failed, steps that were not
 * ok and that no assertion judged, then its error. Never empty: where no reason was
 * recorded, the list says so.
 */
export function failureReasons(
  instance: InstanceRecord | null,
  steps: readonly StepRecord[],
  assertions: readonly AssertionRecord[],
): FailureReason[] {
  const names = new Map(
    steps.map(({ step_index, step_name }) => [step_index, step_name]),
  );
  const judged = new Set(assertions.map(({ step_index }) => step_index));
  const reasons = assertions.filter(({ passed }) => !passed)
    .map((record): FailureReason => {
      const step = record.step_index === null
        ? undefined
        : names.get(record.step_index) ?? `step ${record.step_index}`;
      const text = `${record.assertion_name}: ${assertionReason(record)}`;
      return {
        type: record.assertion_name,
        text: step === undefined ? text : `${step}: ${text}`,
      };
    });
  for (const step of steps) {
    if (step.observation.ok !== false || judged.has(step.step_index)) continue;
    reasons.push({
      type: "step",
      text: `${step.step_name}: ${stepReason(step)}`,
    });
  }
  if (instance === null) {
    reasons.push({ type: "incomplete", text: "the instance never completed" });
  } else if (instance.error !== null) {
    const { name } = instance.error;
    reasons.push({ type: name || "Error", text: errorText(instance.error) });
  }
  if (reasons.length === 0) {
    return [{ type: "failed", text: "no reason was recorded" }];
  }
  const more = reasons.length - REASONS_MAX;
  if (more <= 0) return reasons;
  return [
    ...reasons.slice(0, REASONS_MAX),
    { type: "more", text: `${more} more reasons` },
  ];
}
