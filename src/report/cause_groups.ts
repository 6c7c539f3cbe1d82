/**
 * Finds causes of failures whose texts differ in values only.
 *
 * @module
 */
import type { FailureCause } from "../analyze/mod.ts";
import type { ReportCause } from "./model.ts";

/** Of each cause, the number of the first one that it is like. */
export function groupedCauses(causes: readonly FailureCause[]): ReportCause[] {
  const groups = new Map<string, number>();
  return causes.map((cause, i) => {
    const like = likeness(cause.reason);
    // A reason without two words is all values: nothing is left to compare.
    if (!/[a-z]{2,}.*[a-z]{2,}/.test(like.replace(/^expected .* got /, ""))) {
      return { ...cause, group: i };
    }
    if (!groups.has(like)) groups.set(like, i);
    return { ...cause, group: groups.get(like)! };
  });
}

/**
 * A reason without its values: numbers, ids, quoted texts and addresses. Two
 * reasons that differ in these alone are alike.
 */
export function likeness(reason: string): string {
  return reason.toLowerCase()
    .replaceAll(/"[^"]*"|'[^']*'/g, '""')
    .replaceAll(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/g, "#")
    .replaceAll(/\d+(?:[.:]\d+)*/g, "#")
    .replaceAll(/\s+/g, " ").trim();
}
