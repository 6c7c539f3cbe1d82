/** Producers that each await their own append. */
import type { Appender } from "./contender.ts";
import { observationOf, stepOf } from "./records.ts";
import { RECORDS, ROUND_MS_MAX } from "./sizes.ts";

/**
 * When a producer gives its next record: as soon as it hears of the last one
 * (a microtask), or from an event of its own (as from a network).
 */
export type Arrivals = "microtasks" | "separate turns";

/** Appends records until there are enough, or the time is up. Returns how many. */
export async function produce(
  appender: Appender,
  producers: number,
  arrivals: Arrivals,
  { observed = observationOf, msMax = ROUND_MS_MAX } = {},
): Promise<number> {
  const endMs = performance.now() + msMax;
  let next = 0;
  const over = () =>
    next >= RECORDS || (next % 64 === 0 && performance.now() > endMs);
  let stopped = false;
  const one = async () => {
    while (!stopped) {
      if (over()) {
        stopped = true;
        return;
      }
      await appender.append(stepOf(next++, observed));
      if (arrivals === "separate turns") await ownTurn();
    }
  };
  await Promise.all(Array.from({ length: producers }, one));
  return next;
}

/** Feeds a ceiling. */
export function feed(appender: Appender): number {
  for (let n = 0; n < RECORDS; n++) appender.append(stepOf(n));
  return RECORDS;
}

function ownTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
