/**
 * The option `--fail-on` of `wta compare`.
 *
 * @module
 */
import type { RunComparison, RunReader } from "../../mod.ts";
import { UsageError } from "./exit_codes.ts";
import { formatInteger, formatPercent } from "./terminal/format.ts";

/** A condition of `--fail-on`: returns why it is met, null where it is not. */
export interface CompareGate {
  /** As it was given. */
  name: string;
  /** Judges a comparison and its second run. */
  failure(comparison: RunComparison, b: RunReader): string | null;
}

/** What `--fail-on` is where it is left out. */
export const GATES_DEFAULT = "newly-failing,missing";

/**
 * Parses the conditions, each of which may be repeated or separated by commas.
 *
 * @throws {UsageError}
 */
export function parseGates(texts: readonly string[]): CompareGate[] {
  const all = texts.length === 0 ? [GATES_DEFAULT] : texts;
  return all.flatMap((text) => text.split(",")).map(parseGate);
}

function parseGate(name: string): CompareGate {
  switch (name) {
    case "newly-failing":
      return {
        name,
        failure: ({ counts }) =>
          number(counts.newlyFailing + counts.extraFailing),
      };
    case "missing":
      return { name, failure: missing };
    case "changed-status":
      return { name, failure: ({ counts }) => number(counts.changedStatus) };
    case "any":
      return {
        name,
        failure: ({ identical, counts }) =>
          identical
            ? null
            : number(Object.values(counts).reduce((sum, n) => sum + n, 0)),
      };
  }
  const points = /^pass-rate-(\d+(?:\.\d+)?)$/.exec(name)?.[1];
  if (points !== undefined) {
    return {
      name,
      failure: ({ passRate }) => fallen(passRate, Number(points)),
    };
  }
  throw new UsageError(
    `Cannot use --fail-on "${name}": expected newly-failing, missing, ` +
      "changed-status, any, or pass-rate- and a number of percentage points",
    "For example: --fail-on newly-failing,pass-rate-1",
  );
}

/** What a run that did not complete has not recorded is missing too. */
function missing({ counts }: RunComparison, b: RunReader): string | null {
  const { state, summary } = b;
  if (state !== "completed" || summary === null) return "b did not complete";
  if (summary.incomplete_count > 0) {
    return `${formatInteger(summary.incomplete_count)} of b never completed`;
  }
  return number(counts.missingInstance + counts.newlySkipped);
}

function fallen(
  { a, b }: RunComparison["passRate"],
  points: number,
): string | null {
  if (a === null || b === null) return "a run has no verdicts";
  return a - b > points ? `${formatPercent(a)} → ${formatPercent(b)}` : null;
}

function number(count: number): string | null {
  return count === 0 ? null : formatInteger(count);
}
