/** Medians and spread. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value at rank `floor(q * (count - 1))`. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(q * (sorted.length - 1))] ?? NaN;
}

/** Half the distance between the quartiles, in percent of the median. */
export function spread(values: readonly number[]): number {
  const half = (quantile(values, 0.75) - quantile(values, 0.25)) / 2;
  return 100 * half / median(values);
}

/** Median of the ratios of each round: what disturbs a round disturbs both. */
export function ratio(
  values: readonly number[],
  others: readonly number[],
): number {
  return median(values.map((value, i) => value / others[i]!));
}
