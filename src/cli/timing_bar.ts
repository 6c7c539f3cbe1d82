/**
 * When a step took place within its instance, as a bar.
 *
 * @module
 */
import type { StepRecord } from "../format/records.ts";

/** From when to when all of it took place, in milliseconds. */
export interface TimeSpan {
  start_ms: number;
  end_ms: number;
}

/** When a step took place: its line tells the end, its latency the start. */
export function spanOf(step: StepRecord): TimeSpan {
  const end_ms = Date.parse(step.timestamp);
  return { start_ms: end_ms - (step.observation.latency_ms ?? 0), end_ms };
}

/** From the first start to the last end. */
export function spanOfAll(spans: readonly TimeSpan[]): TimeSpan {
  return {
    start_ms: Math.min(...spans.map(({ start_ms }) => start_ms)),
    end_ms: Math.max(...spans.map(({ end_ms }) => end_ms)),
  };
}

/** `░░░███░░`: the part of the whole, a column at least. */
export function timingBar(
  part: TimeSpan,
  whole: TimeSpan,
  columns: number,
): string {
  const length_ms = Math.max(whole.end_ms - whole.start_ms, 1e-3);
  const at = (time_ms: number) =>
    (time_ms - whole.start_ms) / length_ms * columns;
  const start = Math.min(
    columns - 1,
    Math.max(0, Math.floor(at(part.start_ms))),
  );
  const end = Math.min(
    columns,
    Math.max(start + 1, Math.round(at(part.end_ms))),
  );
  return "░".repeat(start) + "█".repeat(end - start) +
    "░".repeat(columns - end);
}
