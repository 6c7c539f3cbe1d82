/**
 * Chooses the instances whose records go into a report of limited size.
 *
 * @module
 */
import type { InstanceTable } from "./instance_table.ts";
import { VERDICTS } from "./model.ts";

/** The verdict of instances that passed. */
export const PASSED: number = VERDICTS.indexOf("passed");

/** What the choice goes by. */
export type Judged = Pick<InstanceTable, "verdict" | "cause" | "durationMs">;

/**
 * Returns the places of instances, the most useful first: some of each cause, then
 * all that did not pass, then the slowest, then others spread over the run.
 */
export function byWorth(instances: Judged): Uint32Array {
  const { verdict, cause, durationMs } = instances;
  const places = Uint32Array.from(verdict.keys());
  const notPassed = places.filter((place) => verdict[place] !== PASSED);
  /** How many of each cause came before. */
  const seen = new Map<number, number>();
  /** Of each place, how many of its cause came before it. */
  const rank = new Uint32Array(verdict.length);
  for (const place of notPassed) {
    const before = seen.get(cause[place]!) ?? 0;
    seen.set(cause[place]!, before + 1);
    rank[place] = before;
  }
  notPassed.sort((a, b) => rank[a]! - rank[b]! || a - b);
  const passed = places.filter((place) => verdict[place] === PASSED);
  const bySlowness = passed.toSorted((a, b) =>
    durationMs[b]! - durationMs[a]! || a - b
  );
  const slowest = bySlowness.subarray(0, Math.ceil(passed.length / 10));
  const isSlow = new Uint8Array(verdict.length);
  for (const place of slowest) isSlow[place] = 1;
  const rest = passed.filter((place) => !isSlow[place]);
  const all = new Uint32Array(verdict.length);
  all.set(notPassed);
  all.set(slowest, notPassed.length);
  all.set(spread(rest), notPassed.length + slowest.length);
  return all;
}

/** Orders places so that the first ones, however many, are spread over all. */
function spread(places: Uint32Array): Uint32Array {
  const taken = new Uint32Array(places.length);
  let count = 0;
  // Counts with the bits of each number reversed: 0, 4, 2, 6, 1, 5, 3, 7.
  const bits = Math.max(1, Math.ceil(Math.log2(places.length || 1)));
  for (let i = 0; i < 2 ** bits; i++) {
    let turned = 0;
    for (let bit = 0; bit < bits; bit++) {
      if (i & (1 << bit)) turned |= 1 << (bits - 1 - bit);
    }
    if (turned < places.length) taken[count++] = places[turned]!;
  }
  return taken;
}
