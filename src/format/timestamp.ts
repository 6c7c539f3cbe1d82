/**
 * Wall-clock time in the format's form.
 *
 * @module
 */
import { clock } from "../time/clock.ts";

let lastMs = NaN;
let lastText = new Date(0).toISOString();

/**
 * The time as UTC, ISO 8601 with milliseconds and `Z`. Formatting costs a third
 * of writing a record, so the text is made once per millisecond.
 */
export function timestamp(): string {
  const nowMs = clock.nowMs();
  if (nowMs !== lastMs) {
    lastMs = nowMs;
    lastText = new Date(nowMs).toISOString();
  }
  return lastText;
}

/** Texts of the latest times, by the low bits of their milliseconds. */
const RECENT_MASK = 1023;
const recentMs = new Float64Array(RECENT_MASK + 1);
const recentTexts: string[] = [];
/** The text that was given last: it need not be checked. */
let lastTextAt = lastText;

/** The time so many milliseconds ago, in the form of {@linkcode timestamp}. */
export function timestampAt(agoMs: number): string {
  if (!(agoMs > 0)) return timestamp();
  const atMs = Math.floor(clock.nowMs() - agoMs);
  if (atMs < 0) return timestamp(); // Not a latency.
  const slot = atMs & RECENT_MASK;
  if (recentMs[slot] !== atMs || recentTexts[slot] === undefined) {
    recentTexts[slot] = new Date(atMs).toISOString();
    recentMs[slot] = atMs;
  }
  return lastTextAt = recentTexts[slot]!;
}

/** The form of every time in the format. */
export const TIMESTAMP: RegExp =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Whether a time in the format's form has a day that its month has. */
export function hasRealDay(time: string): boolean {
  const day = Number(time.slice(8, 10));
  return day <= 28 || new Date(time).getUTCDate() === day;
}

/**
 * Whether a value is a time in the format's form. The length comes first: the
 * pattern alone costs as much as a tenth of a record.
 */
export function isTimestamp(value: unknown): boolean {
  return typeof value === "string" && value.length === 24 &&
    (value === lastTextAt || value === lastText ||
      (TIMESTAMP.test(value) && hasRealDay(value)));
}

/** Rounds a duration to whole microseconds, given and returned in milliseconds. */
export function roundMs(duration_ms: number): number {
  return Math.round(duration_ms * 1000) / 1000;
}
