/**
 * Warns of fields of an observation that are probably misspelt.
 *
 * @module
 */
import { placeOf, type RecordPlace } from "./invalid_record.ts";

/** Names in camelCase of the fields that totals are counted from. */
const MISSPELT = [
  ["latencyMs", "latency_ms", "it is in no percentile"],
  ["statusCode", "status_code", "it is not shown as a status"],
] as const;

const warned = new Set<string>();

/**
 * Warns, once for each name, of a field whose name is that of a known one in
 * camelCase: it is recorded like any other, but not counted as the known one.
 *
 * @param place Where it was first seen.
 */
export function warnOfMisspeltFields(
  observation: { readonly [field: string]: unknown },
  place: RecordPlace,
): void {
  // Of nearly every step, and without a look at names that vary.
  const { latencyMs, statusCode } = observation;
  if (latencyMs === undefined && statusCode === undefined) return;
  for (const [given, meant, consequence] of MISSPELT) {
    if (observation[given] === undefined) continue;
    if (observation[meant] !== undefined || warned.has(given)) continue;
    warned.add(given);
    console.warn(
      `The observation of the step${
        placeOf(place)
      } has "${given}": did you mean "${meant}"? As it is, ${consequence}.`,
    );
  }
}
