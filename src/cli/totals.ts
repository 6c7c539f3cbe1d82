/**
 * Writes the totals of a run.
 *
 * @module
 */
import {
  OTHER_SCENARIOS,
  type RunTotals,
  type ScenarioCounts,
  SCENARIOS_MAX,
} from "../../mod.ts";
import {
  formatDuration,
  formatInteger,
  formatPercent,
  pluralize,
} from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { Table } from "./terminal/table.ts";
import { bold, dim, green, red, type Text, yellow } from "./terminal/text.ts";

/** More scenarios than these would scroll the rest of the screen away. */
const SCENARIOS_SHOWN_MAX = 20;

/**
 * Writes a row for each scenario, and one for all. Of many scenarios those with
 * the most failures are shown.
 */
export function writeScenarios(screen: Screen, totals: RunTotals): void {
  const scenarios = Object.entries(totals.scenarios);
  const shown = scenarios.length <= SCENARIOS_SHOWN_MAX
    ? scenarios
    : worstOf(scenarios);
  // Most runs skip nothing and retry nothing: these columns are shown on demand.
  const optional = (["skip_count", "flaky_count"] as const)
    .filter((count) => totals[count] > 0);
  const table = new Table(screen, [
    { title: "scenario", shrinks: true },
    { title: "instances", align: "right" },
    { title: "passed", align: "right" },
    { title: "failed", align: "right" },
    ...optional.map((count) => ({
      title: count === "skip_count" ? "skipped" : "flaky",
      align: "right" as const,
    })),
    { title: "errors", align: "right" },
    { title: "pass rate", align: "right" },
  ]);
  for (const [id, counts] of shown) table.row(row(id, counts, optional));
  table.row(row("all", totals, optional).map(bold));
  table.end();
  if (shown.length < scenarios.length) {
    const rest = scenarios.filter((scenario) => !shown.includes(scenario));
    const failed = rest.reduce(
      (sum, [, { fail_count }]) => sum + fail_count,
      0,
    );
    screen.line(
      dim(
        `${pluralize(rest.length, "more scenarios")}, ${
          failed === 0
            ? "none with a failure"
            : `${formatInteger(failed)} failed`
        }`,
      ),
    );
  }
  if (Object.hasOwn(totals.scenarios, OTHER_SCENARIOS)) {
    screen.line(
      dim(
        `"${OTHER_SCENARIOS}" counts the scenarios beyond the first ${
          formatInteger(SCENARIOS_MAX)
        }`,
      ),
    );
  }
}

/** The lines on steps with their latencies, and on assertions. */
export function countsOf(totals: RunTotals): Text[] {
  const { total_steps, failed_steps, total_assertions, assertions_failed } =
    totals;
  return [
    [
      `${pluralize(total_steps, "steps")}, `,
      redIfAny(failed_steps, `${formatInteger(failed_steps)} not ok`),
    ],
    [
      `latency ${
        [
          latency("p50", totals.p50_latency_ms),
          latency("p95", totals.p95_latency_ms),
          latency("p99", totals.p99_latency_ms),
        ].join(", ")
      }`,
    ],
    [
      `${pluralize(total_assertions, "assertions")}, `,
      redIfAny(assertions_failed, `${formatInteger(assertions_failed)} failed`),
    ],
  ];
}

/** The lines on instances that were tried again; none where none was. */
export function retriesOf(
  instancesRetried: number,
  { flaky_count }: Pick<RunTotals, "flaky_count">,
): Text[] {
  if (instancesRetried === 0) return [];
  const flaky = `${formatInteger(flaky_count)} flaky`;
  return [[
    `${
      pluralize(instancesRetried, "instances")
    } tried again, counted by the last attempt only, `,
    flaky_count > 0 ? yellow(flaky) : flaky,
  ]];
}

function row(
  name: string,
  counts: ScenarioCounts,
  optional: readonly ("skip_count" | "flaky_count")[],
): Text[] {
  const { total_instances, pass_count, fail_count, error_count } = counts;
  const judged = pass_count + fail_count;
  const rate = judged === 0 ? "-" : formatPercent(100 * pass_count / judged);
  return [
    name,
    formatInteger(total_instances),
    formatInteger(pass_count),
    redIfAny(fail_count, formatInteger(fail_count)),
    ...optional.map((count): Text => {
      const text = formatInteger(counts[count]);
      return counts[count] > 0 ? yellow(text) : text;
    }),
    redIfAny(error_count, formatInteger(error_count)),
    judged > 0 && fail_count === 0 ? green(rate) : rate,
  ];
}

/** The scenarios with the most failures, in their order. */
function worstOf(
  scenarios: readonly [string, ScenarioCounts][],
): [string, ScenarioCounts][] {
  const badness = (
    { fail_count, error_count, flaky_count }: ScenarioCounts,
  ) => [fail_count, error_count, flaky_count];
  const worst = [...scenarios].sort(([, a], [, b]) => {
    const [left, right] = [badness(a), badness(b)];
    return left.map((count, i) => right[i]! - count)
      .find((difference) => difference !== 0) ?? 0;
  }).slice(0, SCENARIOS_SHOWN_MAX);
  return scenarios.filter((scenario) => worst.includes(scenario));
}

function latency(name: string, latency_ms: number | null): string {
  return `${name} ${latency_ms === null ? "-" : formatDuration(latency_ms)}`;
}

function redIfAny(count: number, text: string): Text {
  return count > 0 ? red(text) : text;
}
