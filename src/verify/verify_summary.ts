/**
 * Whether the summary of a run tells what its lines tell.
 *
 * @module
 */
import type { Manifest, Summary } from "../format/records.ts";
import type { RunTotals } from "../format/tally.ts";
import type { Problems } from "./report.ts";

const SCENARIO_TOTALS = [
  "total_instances",
  "pass_count",
  "fail_count",
  "skip_count",
  "error_count",
  "flaky_count",
] as const;

const TOTALS = [
  ...SCENARIO_TOTALS,
  "pass_rate",
  "total_steps",
  "failed_steps",
  "total_assertions",
  "assertions_passed",
  "assertions_failed",
] as const;

/**
 * Adds what the summary tells otherwise. Percentiles and times are not looked
 * at.
 *
 * @param counted What the lines of the run add up to.
 * @param incompleteCount Instances that were started and did not complete.
 * @param manifest Null where it cannot be read.
 * @param file Path of the summary.
 */
export function verifySummary(
  summary: Summary,
  counted: RunTotals,
  incompleteCount: number,
  manifest: Manifest | null,
  file: string,
  problems: Problems,
): void {
  if (manifest && summary.run_id !== manifest.run_id) {
    problems.add(
      "RUN_ID_MISMATCH",
      file,
      `The summary is of run "${summary.run_id}", not of "${manifest.run_id}"`,
    );
  }
  const compare = (name: string, told: number, found: number) => {
    // A foreign writer may have rounded a rate.
    if (Math.abs(told - found) <= (name === "pass_rate" ? 0.01 : 0)) return;
    problems.add(
      "SUMMARY_MISMATCH",
      file,
      `The summary tells ${name} ${told}, and the lines tell ${found}`,
    );
  };
  compare("incomplete_count", summary.incomplete_count, incompleteCount);
  for (const name of TOTALS) compare(name, summary[name], counted[name]);
  const scenarios = new Set([
    ...Object.keys(summary.scenarios),
    ...Object.keys(counted.scenarios),
  ]);
  for (const id of scenarios) {
    for (const name of SCENARIO_TOTALS) {
      compare(
        `scenarios.${id}.${name}`,
        summary.scenarios[id]?.[name] ?? 0,
        counted.scenarios[id]?.[name] ?? 0,
      );
    }
  }
}
