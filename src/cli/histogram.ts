/**
 * Draws a histogram in one line.
 *
 * @module
 */
import type { HistogramBucket } from "../../mod.ts";

const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/**
 * Draws a bar for each bucket; neighbours are joined where there are more than
 * `columnsMax`.
 */
export function histogramText(
  buckets: readonly HistogramBucket[],
  columnsMax: number,
): string {
  const joined = Math.max(1, Math.ceil(buckets.length / columnsMax));
  const bars: number[] = [];
  for (const [i, { count }] of buckets.entries()) {
    const place = Math.floor(i / joined);
    bars[place] = (bars[place] ?? 0) + count;
  }
  const highest = Math.max(...bars);
  return bars.map((count) =>
    count === 0 ? " " : LEVELS[Math.ceil(count / highest * LEVELS.length) - 1]!
  ).join("");
}
