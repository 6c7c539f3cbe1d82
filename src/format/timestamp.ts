/**
 * Wall-clock time in the format's form.
 *
 * @module
 */

let last_ms = NaN;
let last_text = new Date(0).toISOString();

/**
 * The time as UTC, ISO 8601 with milliseconds and `Z`. Formatting costs a third
 * of writing a record, so the text is made once per millisecond.
 */
export function timestamp(): string {
  const now_ms = Date.now();
  if (now_ms !== last_ms) {
    last_ms = now_ms;
    last_text = new Date(now_ms).toISOString();
  }
  return last_text;
}

/** The form of every time in the format. */
export const TIMESTAMP: RegExp =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Many records have the same time, and the pattern costs as much as a tenth of one. */
let last_checked = last_text;

/** Whether a value is a time in the format's form. */
export function isTimestamp(value: unknown): boolean {
  if (value === last_checked) return true;
  if (typeof value !== "string" || !TIMESTAMP.test(value)) return false;
  last_checked = value;
  return true;
}

/** Rounds a duration to whole microseconds, given and returned in milliseconds. */
export function roundMs(duration_ms: number): number {
  return Math.round(duration_ms * 1000) / 1000;
}
