/**
 * Computes percentiles of a stream of values in bounded memory.
 *
 * @module
 */

/** Relative error of every percentile. */
const RELATIVE_ERROR = 0.01;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);

/** Values below a nanosecond count as 0; above eleven days, as `VALUE_MAX`. */
const VALUE_MIN = 1e-6;
const VALUE_MAX = 1e9;
const INDEX_MIN = Math.ceil(Math.log(VALUE_MIN) / LOG_GAMMA);
const INDEX_MAX = Math.ceil(Math.log(VALUE_MAX) / LOG_GAMMA);

/**
 * Percentiles with a relative error of at most 1 % for values from 1e-6 to 1e9
 * (milliseconds: a nanosecond to eleven days), in 14 KB.
 *
 * A DDSketch with logarithmic buckets (Masson, Rim, Lee: "DDSketch: a fast and
 * fully-mergeable quantile sketch with relative-error guarantees", PVLDB 12(12),
 * 2019, sections 2.1 and 2.2). Its authors' npm package is CommonJS and loads
 * protobuf code that it does not declare.
 */
export class LatencySketch {
  readonly #buckets = new Float64Array(INDEX_MAX - INDEX_MIN + 1);
  #zeros = 0;
  #count = 0;

  /** Number of values added. */
  get count(): number {
    return this.#count;
  }

  /** Adds a value, which must not be negative or NaN. */
  add(value: number): void {
    this.#count++;
    if (value < VALUE_MIN) {
      this.#zeros++;
      return;
    }
    const index = Math.ceil(Math.log(Math.min(value, VALUE_MAX)) / LOG_GAMMA);
    this.#buckets[index - INDEX_MIN]!++;
  }

  /**
   * Returns the value at rank `floor(q * (count - 1))`, the paper's definition of
   * the q-quantile, to six digits; null where no value was added.
   *
   * @param q From 0 (minimum) to 1 (maximum).
   */
  quantile(q: number): number | null {
    if (this.#count === 0) return null;
    const rank = Math.floor(q * (this.#count - 1));
    let ranksBelow = this.#zeros;
    if (rank < ranksBelow) return 0;
    for (let i = 0; i < this.#buckets.length; i++) {
      ranksBelow += this.#buckets[i]!;
      if (rank < ranksBelow) {
        // The value of the bucket (gamma^(i-1), gamma^i] with the least relative error.
        const value = 2 * GAMMA ** (i + INDEX_MIN) / (GAMMA + 1);
        return Number(value.toPrecision(6));
      }
    }
    throw new Error(
      "Invariant: the buckets hold as many values as were added",
    );
  }
}
