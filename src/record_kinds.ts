/**
 * What makes a parsed line a record: the fields that tell it from another's
 * line, and that readers rely on.
 *
 * @module
 */

/** Whether a line is an instance: enough to tell it from another's line. */
export function isInstanceRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "scenario_id") &&
    hasText(value, "completed_at");
}

/** Whether a line is a step. */
export function isStepRecord(value: unknown): boolean {
  if (!hasText(value, "instance_id") || !hasText(value, "step_name")) {
    return false;
  }
  const { observation, timestamp } = value as Record<string, unknown>;
  return typeof observation === "object" && observation !== null &&
    typeof timestamp === "string";
}

/** Whether a line is an assertion. */
export function isAssertionRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "assertion_name") &&
    hasText(value, "timestamp");
}

function hasText(value: unknown, field: string): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as Record<string, unknown>)[field] === "string";
}
