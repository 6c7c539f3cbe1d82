/**
 * When a step took place within its instance, as a bar.
 *
 * @module
 */
import type { StepRecord } from "../format/records.ts";

/** From when to when all of it took place, in milliseconds. */
export interface TimeSpan {
  startMs: number;
  endMs: number;
}

/** When a step took place: its line has the start, its latency tells the end. */
export function spanOf(step: StepRecord): TimeSpan {
  const startMs = Date.parse(step.timestamp);
  return { startMs, endMs: startMs + (step.observation.latency_ms ?? 0) };
}

/** From the first start to the last end. */
export function spanOfAll(spans: readonly TimeSpan[]): TimeSpan {
  return {
    startMs: Math.min(...spans.map(({ startMs }) => startMs)),
    endMs: Math.max(...spans.map(({ endMs }) => endMs)),
  };
}

/** `░░░███░░`: the part of the whole, a column at least. */
export function timingBar(
  part: TimeSpan,
  whole: TimeSpan,
  columns: number,
): string {
  const lengthMs = Math.max(whole.endMs - whole.startMs, 1e-3);
  const at = (timeMs: number) => (timeMs - whole.startMs) / lengthMs * columns;
  const start = Math.min(
    columns - 1,
    Math.max(0, Math.floor(at(part.startMs))),
  );
  const end = Math.min(
    columns,
    Math.max(start + 1, Math.round(at(part.endMs))),
  );
  return "░".repeat(start) + "█".repeat(end - start) +
    "░".repeat(columns - end);
}
