/**
 * Chooses the instances whose records go into a report of limited size.
 *
 * @module
 */
import { type InstanceColumns, VERDICTS } from "./model.ts";

const PASSED = VERDICTS.indexOf("passed");

/**
 * Returns the places of instances in the order of their worth: of each cause some,
 * then all that did not pass, then the slowest, then others spread over the run.
 */
export function byWorth(instances: InstanceColumns): number[] {
  const { verdict, cause, durationMs } = instances;
  const places = verdict.map((_, place) => place);
  const notPassed = places.filter((place) => verdict[place] !== PASSED);
  /** How many of its cause came before. */
  const seen = new Map<number, number>();
  const rank = new Map(notPassed.map((place) => {
    const before = seen.get(cause[place]!) ?? 0;
    seen.set(cause[place]!, before + 1);
    return [place, before];
  }));
  notPassed.sort((a, b) => rank.get(a)! - rank.get(b)! || a - b);
  const passed = places.filter((place) => verdict[place] === PASSED);
  const slowest = passed.toSorted((a, b) => durationMs[b]! - durationMs[a]!)
    .slice(0, Math.ceil(passed.length / 10));
  const slow = new Set(slowest);
  const rest = passed.filter((place) => !slow.has(place));
  return [...notPassed, ...slowest, ...spread(rest)];
}

/** Any beginning of it is spread over the whole. */
function spread(places: readonly number[]): number[] {
  const taken: number[] = [];
  // In the order of the bits of the place, turned round.
  const bits = Math.max(1, Math.ceil(Math.log2(places.length || 1)));
  for (let i = 0; i < 2 ** bits; i++) {
    let turned = 0;
    for (let bit = 0; bit < bits; bit++) {
      if (i & (1 << bit)) turned |= 1 << (bits - 1 - bit);
    }
    if (turned < places.length) taken.push(places[turned]!);
  }
  return taken;
}
