/**
 * The state of a run: completed, interrupted or running.
 *
 * @module
 */
import type { Summary } from "../format/records.ts";
import type { FoundLock } from "../storage/lock_file.ts";

/**
 * `"completed"` and `"interrupted"` as the summary says; without one,
 * `"running"` while a writer holds the run, else `"interrupted"`.
 */
export type RunState = "completed" | "interrupted" | "running";

/** The state of a run with this summary and this writer, or without. */
export function runState(
  summary: Summary | null,
  writer: FoundLock | null,
): RunState {
  return summary?.status ?? (writer ? "running" : "interrupted");
}
