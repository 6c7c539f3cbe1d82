/**
 * The option `--fail-on` of `wta compare`.
 *
 * @module
 */
import type { RunComparison, RunReader } from "../../mod.ts";
import { UsageError } from "./exit_codes.ts";
import {
  formatDuration,
  formatInteger,
  formatPercent,
} from "./terminal/format.ts";

/** A condition of `--fail-on`: returns why it is met, null where it is not. */
export interface CompareGate {
  /** As it was given. */
  name: string;
  /** By how many percent a step must be slower for it; undefined: it does not ask. */
  slowerPercent?: number;
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
  const gates = all.flatMap((text) => text.split(",")).map(parseGate);
  const slower = gates.filter(({ slowerPercent }) => slowerPercent);
  if (slower.length > 1) {
    const names = slower.map(({ name }) => name).join(" and ");
    throw new UsageError(
      `Cannot use --fail-on with both ${names}`,
      "Give one of them: it is that of every step",
    );
  }
  return gates;
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
  const percent = Number(/^p95\+([1-9]\d{0,3})%$/.exec(name)?.[1]);
  if (percent > 0) return { name, slowerPercent: percent, failure: slower };
  throw new UsageError(
    `Cannot use --fail-on "${name}": expected newly-failing, missing, ` +
      "changed-status, any, p95+20% with any percentage, or pass-rate- and a " +
      "number of percentage points",
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

/** Steps whose p95 rose by more than noise. What was not tested did not hold. */
function slower({ slowdowns, latencyByStep }: RunComparison): string | null {
  const tested = Object.entries(slowdowns);
  if (tested.length === 0) {
    return "not measured, it takes two step names with 20 pairs each";
  }
  const found = tested.filter(([, { isSlower }]) => isSlower).map(([name]) => {
    const { a, b } = latencyByStep[name]!;
    const [before, after] = [a, b].map(({ p95_latency_ms }) =>
      formatDuration(p95_latency_ms!)
    );
    return `${name} ${before} → ${after}`;
  });
  return found.length === 0 ? null : found.join(", ");
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
