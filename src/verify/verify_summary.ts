/**
 * Compares the summary of a run with the totals of its lines.
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

/** Another writer may have rounded a rate. */
const PASS_RATE_TOLERANCE = 0.01;

/**
 * Reports totals of the summary that differ from those of the lines. Percentiles
 * and times are not compared.
 *
 * @param totals The totals of the lines.
 * @param incompleteCount Number of instances that started and never completed.
 * @param manifest Null where it cannot be read.
 * @param file Path of the summary.
 */
export function verifySummary(
  summary: Summary,
  totals: RunTotals,
  incompleteCount: number,
  manifest: Manifest | null,
  file: string,
  problems: Problems,
): void {
  if (manifest && summary.run_id !== manifest.run_id) {
    problems.add(
      "RUN_ID_MISMATCH",
      file,
      `The summary belongs to run "${summary.run_id}", not to "${manifest.run_id}"`,
    );
  }
  const compare = (name: string, recorded: number, counted: number) => {
    const tolerance = name === "pass_rate" ? PASS_RATE_TOLERANCE : 0;
    if (Math.abs(recorded - counted) <= tolerance) return;
    problems.add(
      "SUMMARY_MISMATCH",
      file,
      `The summary has ${name} ${recorded}, but the lines add up to ${counted}`,
    );
  };
  compare("incomplete_count", summary.incomplete_count, incompleteCount);
  for (const name of TOTALS) compare(name, summary[name], totals[name]);
  const scenarios = new Set([
    ...Object.keys(summary.scenarios),
    ...Object.keys(totals.scenarios),
  ]);
  for (const id of scenarios) {
    for (const name of SCENARIO_TOTALS) {
      compare(
        `scenarios.${id}.${name}`,
        summary.scenarios[id]?.[name] ?? 0,
        totals.scenarios[id]?.[name] ?? 0,
      );
    }
  }
}
