/**
 * The totals of a run as a short table.
 *
 * @module
 */
import type { ScenarioSummary, Summary } from "../../mod.ts";
import { printable, type Style } from "./terminal.ts";

/** Draws a row per scenario, a row for all, and a line on steps and latency. */
export function drawSummary(summary: Summary, style: Style): string {
  const rows = [
    ["scenario", "instances", "passed", "failed", "with error"],
    ...Object.entries(summary.scenarios).map(([id, counts]) => row(id, counts)),
    row("all", summary),
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((cells) => cells[column]!.length))
  );
  const lines = rows.map((cells) =>
    cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0]!) : cell.padStart(widths[column]!)
    ).join("   ")
  );
  lines[0] = style.dim(lines[0]!);
  lines[lines.length - 1] = style.bold(lines.at(-1)!);
  const { pass_rate, total_steps, total_assertions } = summary;
  lines.push(
    "",
    `${summary.status} in ${(summary.duration_ms / 1000).toFixed(2)} s, ` +
      `pass rate ${Number(pass_rate.toFixed(2))} %`,
    `${total_steps} steps, latency ${latency(summary)}`,
    `${total_assertions} assertions, ${summary.assertions_failed} failed`,
  );
  return lines.join("\n");
}

function row(name: string, counts: ScenarioSummary): string[] {
  const { total_instances, pass_count, fail_count, error_count } = counts;
  const numbers = [total_instances, pass_count, fail_count, error_count];
  return [printable(name), ...numbers.map(String)];
}

function latency(summary: Summary): string {
  const { p50_latency_ms, p95_latency_ms, p99_latency_ms } = summary;
  const values = {
    p50: p50_latency_ms,
    p95: p95_latency_ms,
    p99: p99_latency_ms,
  };
  return Object.entries(values).map(([name, value]) =>
    `${name} ${value === null ? "-" : `${value.toFixed(1)} ms`}`
  ).join(", ");
}
