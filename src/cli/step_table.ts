/**
 * Writes the steps of a run, counted by name, as a table.
 *
 * @module
 */
import type { StepStatistics } from "../../mod.ts";
import { histogramText } from "./histogram.ts";
import { formatDuration, formatInteger } from "./terminal/format.ts";
import type { Screen } from "./terminal/screen.ts";
import { Table } from "./terminal/table.ts";
import { dim, red } from "./terminal/text.ts";

const HISTOGRAM_COLUMNS = 24;

/** Writes a row for each step name. */
export function writeStepTable(
  screen: Screen,
  statistics: readonly StepStatistics[],
): void {
  const table = new Table(screen, [
    { title: "step", shrinks: true },
    { title: "count", align: "right" },
    { title: "not ok", align: "right" },
    { title: "p50", align: "right" },
    { title: "p95", align: "right" },
    { title: "max", align: "right" },
    { title: "latencies", dropPriority: 1 },
  ]);
  const duration = (ms: number | null) =>
    ms === null ? "-" : formatDuration(ms);
  for (
    const { name, count, notOk, p50Ms, p95Ms, maxMs, histogram } of statistics
  ) {
    table.row([
      name,
      formatInteger(count),
      notOk > 0 ? red(formatInteger(notOk)) : "0",
      duration(p50Ms),
      duration(p95Ms),
      duration(maxMs),
      dim(histogramText(histogram, HISTOGRAM_COLUMNS)),
    ]);
  }
  table.end();
}
