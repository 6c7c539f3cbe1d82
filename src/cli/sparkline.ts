/**
 * Draws verdicts or values, run by run, in one line.
 *
 * @module
 */
import type { KeyVerdict } from "../../mod.ts";

const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** The last runs that are drawn. */
export const RUNS_DRAWN_MAX = 40;

const VERDICTS: Readonly<Record<KeyVerdict, string>> = {
  passed: "▁",
  failed: "█",
  flaky: "▄",
  skipped: "-",
  absent: "·",
};

/** Draws verdicts: high is bad. */
export function verdictsText(verdicts: readonly KeyVerdict[]): string {
  return verdicts.slice(-RUNS_DRAWN_MAX).map((it) => VERDICTS[it]).join("");
}

/** Draws values from `from` to `to`; `·` where there is none. */
export function sparkline(
  values: readonly (number | null)[],
  from: number,
  to: number,
): string {
  return values.slice(-RUNS_DRAWN_MAX).map((value) => {
    if (value === null) return "·";
    const share = to > from ? (value - from) / (to - from) : 1;
    const level = Math.round(share * (LEVELS.length - 1));
    return LEVELS[Math.min(LEVELS.length - 1, Math.max(0, level))];
  }).join("");
}
