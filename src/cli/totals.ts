/**
 * Writes the totals of a run.
 *
 * @module
 */
import type { RunTotals, ScenarioSummary } from "../../mod.ts";
import {
  formatDuration,
  formatInteger,
  formatPercent,
  pluralize,
} from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { Table } from "./terminal/table.ts";
import { bold, green, red, type Text } from "./terminal/text.ts";

/** Writes a row for each scenario, and one for all. */
export function writeScenarios(screen: Screen, totals: RunTotals): void {
  const table = new Table(screen, [
    { title: "scenario", shrinks: true },
    { title: "instances", align: "right" },
    { title: "passed", align: "right" },
    { title: "failed", align: "right" },
    { title: "errors", align: "right" },
    { title: "pass rate", align: "right" },
  ]);
  for (const [id, counts] of Object.entries(totals.scenarios)) {
    table.row(row(id, counts));
  }
  table.row(row("all", totals).map(bold));
  table.end();
}

/** The lines on steps with their latencies, and on assertions. */
export function countsOf(totals: RunTotals): Text[] {
  const { total_steps, total_assertions, assertions_failed } = totals;
  return [
    `${pluralize(total_steps, "steps")}, latency ${
      [
        latency("p50", totals.p50_latency_ms),
        latency("p95", totals.p95_latency_ms),
        latency("p99", totals.p99_latency_ms),
      ].join(", ")
    }`,
    [
      `${pluralize(total_assertions, "assertions")}, `,
      redIfAny(assertions_failed, `${formatInteger(assertions_failed)} failed`),
    ],
  ];
}

function row(name: string, counts: ScenarioSummary): Text[] {
  const { total_instances, pass_count, fail_count, error_count } = counts;
  const rate = total_instances === 0
    ? "-"
    : formatPercent(100 * pass_count / total_instances);
  return [
    name,
    formatInteger(total_instances),
    formatInteger(pass_count),
    redIfAny(fail_count, formatInteger(fail_count)),
    redIfAny(error_count, formatInteger(error_count)),
    total_instances > 0 && pass_count === total_instances ? green(rate) : rate,
  ];
}

function latency(name: string, latency_ms: number | null): string {
  return `${name} ${latency_ms === null ? "-" : formatDuration(latency_ms)}`;
}

function redIfAny(count: number, text: string): Text {
  return count > 0 ? red(text) : text;
}
