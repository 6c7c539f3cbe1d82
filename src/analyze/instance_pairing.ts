/**
 * Chooses what an instance is compared with. Used by the page of reports too, so it
 * imports nothing.
 *
 * @module
 */

/** Places of a step that differ between any two executions: never compared. */
export const VOLATILE: readonly string[] = [
  "observation.latency_ms",
  "response.headers.date",
  "request.headers.traceparent",
  'request.headers["x-correlation-id"]',
];

/** An instance, by when it started. */
export interface StartedInstance {
  id: string;
  startMs: number;
}

/**
 * Returns which of two instances started nearer to `startMs`; where both are as
 * near, the earlier one, then the one with the smaller id.
 */
export function nearer<T extends StartedInstance>(
  startMs: number,
  best: T | undefined,
  other: T,
): T {
  if (!best) return other;
  const away = Math.abs(best.startMs - startMs) -
    Math.abs(other.startMs - startMs);
  if (away !== 0) return away > 0 ? other : best;
  if (best.startMs !== other.startMs) {
    return best.startMs > other.startMs ? other : best;
  }
  return best.id > other.id ? other : best;
}

/**
 * Returns the place of a step in another instance: the one with the same name,
 * counted among those; -1 where it has none.
 *
 * @param names Names of the steps of the instance.
 * @param place Place of the step in them.
 * @param others Names of the steps of the other instance.
 */
export function sameStep(
  names: readonly string[],
  place: number,
  others: readonly string[],
): number {
  const name = names[place]!;
  let nth = names.slice(0, place).filter((other) => other === name).length;
  return others.findIndex((other) => other === name && nth-- === 0);
}
