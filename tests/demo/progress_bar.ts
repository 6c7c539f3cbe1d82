/**
 * How far a run has come, on a terminal.
 *
 * @module
 */
import type { RunStats } from "../../mod.ts";
import { type Output, styleFor } from "./terminal.ts";

const WIDTH = 30;
const COLUMNS_OF_TEXT = 50;
const REDRAW_MS = 50;
const CLEAR_LINE = "\r\x1b[K";

/**
 * Draws a bar until it is stopped, and then takes it away. Where the output is
 * no terminal, it draws nothing.
 *
 * @param stats Gives the live totals.
 * @param total How many instances there will be.
 * @returns Stops the bar.
 */
export function showProgress(
  output: Output,
  stats: () => RunStats,
  total: number,
): () => void {
  if (!output.isTTY) return () => {};
  const redraw = () => {
    output.write(CLEAR_LINE + progressLine(output, stats(), total));
  };
  redraw();
  const timer = setInterval(redraw, REDRAW_MS);
  return () => {
    clearInterval(timer);
    output.write(CLEAR_LINE);
  };
}

function progressLine(output: Output, stats: RunStats, total: number): string {
  const { green, red, dim } = styleFor(output);
  const { total_instances: done, fail_count, total_steps } = stats;
  // A line that wraps could not be taken back.
  const room = (output.columns ?? 80) - COLUMNS_OF_TEXT;
  const width = Math.max(0, Math.min(WIDTH, room));
  const filled = Math.floor(width * done / total);
  const failed = `${fail_count} failed`;
  return [
    green("█".repeat(filled)) + dim("░".repeat(width - filled)),
    `${String(done).padStart(String(total).length)}/${total}`,
    fail_count > 0 ? red(failed) : failed,
    dim(`${total_steps} steps`),
  ].join("  ");
}
