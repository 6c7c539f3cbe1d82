/**
 * Decides whether a summary may stand for lines that are not read.
 *
 * @module
 */
import { join } from "@std/path/join";
import type { Summary } from "../format/records.ts";
import type { RunTotals } from "../format/tally.ts";
import type { RunReader } from "../read/mod.ts";

/** The files whose length is compared. */
const FILES = ["instances.jsonl", "steps.jsonl", "assertions.jsonl"] as const;

/**
 * Returns the summary of a run that was completed, where nothing is in flight,
 * its counts fit together, and its files are as long as they were when it was
 * written; else null. This detects what was cut off or added, but not a change that
 * keeps the length: only `verifyRun` reads every byte.
 */
export async function believedSummary(
  { fs, path, state, summary, tornTails }: RunReader,
): Promise<Summary | null> {
  if (state !== "completed" || !summary || tornTails.length > 0) return null;
  if (summary.incomplete_count > 0 || !fitsTogether(summary)) return null;
  for (const name of FILES) {
    const info = await fs.stat(join(path, name));
    if (info?.size !== summary.files[name].bytes) return null;
  }
  return summary;
}

function fitsTogether(summary: Summary): boolean {
  const { files, total_instances, pass_count, fail_count, skip_count } =
    summary;
  const { assertions_passed, assertions_failed, total_assertions } = summary;
  return total_instances === pass_count + fail_count + skip_count &&
    total_instances <= files["instances.jsonl"].lines &&
    total_assertions === assertions_passed + assertions_failed &&
    total_assertions === files["assertions.jsonl"].lines &&
    summary.total_steps === files["steps.jsonl"].lines;
}

/**
 * Whether the counts of a summary agree with the failures that were found.
 *
 * @param found Totals of the instances that failed or are retries.
 * @param retriedCount Instances that were tried again.
 */
export function agreesOnFailures(
  summary: Summary,
  found: RunTotals,
  retriedCount: number,
): boolean {
  return summary.fail_count === found.fail_count &&
    summary.error_count === found.error_count &&
    summary.flaky_count === found.flaky_count &&
    summary.total_instances + retriedCount ===
      summary.files["instances.jsonl"].lines;
}
