/**
 * The signed-rank test of Wilcoxon.
 *
 * @module
 */

/**
 * Returns how likely it is that differences of pairs are as much above zero as
 * these are, or more, if they are symmetric around zero: the signed-rank test
 * (F. Wilcoxon, "Individual comparisons by ranking methods", Biometrics Bulletin
 * 1(6), 1945), one-sided. Zeros are left out, equal differences share their mean
 * rank; the normal approximation with the correction for ties and for continuity
 * is good from about 20 differences on.
 *
 * @param differences Each with the number of times that it was observed.
 * @returns 1 where no difference is other than zero.
 */
export function signedRankTest(
  differences: Iterable<readonly [value: number, count: number]>,
): number {
  /** By absolute value: how many are positive, and how many there are. */
  const sizes = new Map<number, { positive: number; count: number }>();
  for (const [value, count] of differences) {
    if (value === 0 || count === 0) continue;
    const size = Math.abs(value);
    const tie = sizes.get(size) ?? { positive: 0, count: 0 };
    if (value > 0) tie.positive += count;
    tie.count += count;
    sizes.set(size, tie);
  }
  let ranked = 0;
  let positiveRanks = 0;
  let ties = 0;
  for (const [, tie] of [...sizes].sort(([a], [b]) => a - b)) {
    positiveRanks += tie.positive * (ranked + (tie.count + 1) / 2);
    ranked += tie.count;
    ties += tie.count ** 3 - tie.count;
  }
  if (ranked === 0) return 1;
  const mean = ranked * (ranked + 1) / 4;
  const variance = ranked * (ranked + 1) * (2 * ranked + 1) / 24 - ties / 48;
  return upperTail((positiveRanks - mean - 0.5) / Math.sqrt(variance));
}

/** Terms after which the digits of both expansions no longer change. */
const TERMS = 120;

/**
 * How likely a value of the standard normal distribution is above `z`: near zero
 * by its power series, in the tail by its continued fraction (Abramowitz and
 * Stegun, "Handbook of Mathematical Functions", 26.2.11 and 26.2.14).
 */
function upperTail(z: number): number {
  if (z < 0) return 1 - upperTail(-z);
  const density = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI);
  if (z < 2) {
    let [term, sum] = [z, z];
    for (let i = 1; i < TERMS; i++) sum += term *= z * z / (2 * i + 1);
    return 0.5 - density * sum;
  }
  let fraction = z;
  for (let i = TERMS; i > 0; i--) fraction = z + i / fraction;
  return density / fraction;
}
