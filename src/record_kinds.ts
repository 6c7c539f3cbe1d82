/**
 * What makes a parsed line a record: the fields that tell it from another's
 * line, and that readers rely on.
 *
 * @module
 */

/** Whether a line is an instance: enough to tell it from another's line. */
export function isInstanceRecord(value: unknown): boolean {
  return hasIds(value) && hasText(value, "scenario_id") &&
    hasText(value, "completed_at");
}

/** Whether a line is a step. */
export function isStepRecord(value: unknown): boolean {
  if (!hasIds(value) || !hasText(value, "step_name")) return false;
  const { observation, step_index, timestamp } = value;
  return typeof observation === "object" && observation !== null &&
    typeof step_index === "number" && typeof timestamp === "string";
}

/** Whether a line is an assertion. */
export function isAssertionRecord(value: unknown): boolean {
  return hasIds(value) && hasText(value, "assertion_name") &&
    hasText(value, "timestamp");
}

function hasIds(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    hasText(value, "instance_id") && hasText(value, "correlation_id");
}

function hasText(value: object, field: string): boolean {
  return typeof (value as Record<string, unknown>)[field] === "string";
}
