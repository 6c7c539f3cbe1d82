/**
 * Warns of fields of an observation that are probably misspelt.
 *
 * @module
 */

/** Names in camelCase of the fields that totals are counted from. */
const MISSPELT = [
  ["latencyMs", "latency_ms", "it is in no percentile"],
  ["statusCode", "status_code", "it is not shown as a status"],
] as const;

const warned = new Set<string>();

/**
 * Warns, once for each name, of a field whose name is that of a known one in
 * camelCase: it is recorded like any other, and does not count as what it is.
 *
 * @param place Where it was first seen, as `placeOf` says it.
 */
export function warnOfMisspeltFields(
  observation: { readonly [field: string]: unknown },
  place: () => string,
): void {
  for (const [given, meant, consequence] of MISSPELT) {
    if (observation[given] === undefined) continue;
    if (observation[meant] !== undefined || warned.has(given)) continue;
    warned.add(given);
    console.warn(
      `The observation of the step${place()} has "${given}": did you mean "${meant}"? As it is, ${consequence}.`,
    );
  }
}
