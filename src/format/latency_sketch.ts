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

/** A sketch as the summary has it: sketches of several runs add up exactly. */
export interface LatencySketchRecord {
  /** Relative error of every percentile: 0.01. */
  relative_error: number;
  /** Values under a nanosecond. */
  zero_count: number;
  /**
   * Number of values by bucket: bucket i holds the values in
   * (gamma^(i-1), gamma^i], with gamma = (1 + error) / (1 - error), in
   * milliseconds. Empty buckets are left out.
   */
  buckets: Record<string, number>;
}

/**
 * Percentiles with a relative error of at most 1 % for values from 1e-6 to 1e9
 * (milliseconds: a nanosecond to eleven days), in at most 1,728 buckets.
 *
 * A DDSketch with logarithmic buckets (Masson, Rim, Lee: "DDSketch: a fast and
 * fully-mergeable quantile sketch with relative-error guarantees", PVLDB 12(12),
 * 2019, sections 2.1 and 2.2). Its authors' npm package is CommonJS and loads
 * protobuf code that it does not declare.
 */
export class LatencySketch {
  /** Number of values by bucket; buckets that are empty are not there. */
  readonly #buckets = new Map<number, number>();
  #zeros = 0;
  #count = 0;

  /** Number of values added. */
  get count(): number {
    return this.#count;
  }

  /** The sketch as the summary has it. */
  record(): LatencySketchRecord {
    const buckets: Record<string, number> = {};
    for (const [index, count] of this.#sorted()) buckets[index] = count;
    return {
      relative_error: RELATIVE_ERROR,
      zero_count: this.#zeros,
      buckets,
    };
  }

  /** Adds a value; a negative one, or one that is not a number, is a caller's mistake. */
  add(value: number): void {
    this.#count++;
    if (value < VALUE_MIN) {
      this.#zeros++;
      return;
    }
    this.#put(Math.ceil(Math.log(Math.min(value, VALUE_MAX)) / LOG_GAMMA), 1);
  }

  /** Adds the values of another sketch. */
  addSketch({ zero_count, buckets }: LatencySketchRecord): void {
    this.#zeros += zero_count;
    this.#count += zero_count;
    for (const [index, count] of Object.entries(buckets)) {
      this.#put(Number(index), count);
      this.#count += count;
    }
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
    for (const [index, count] of this.#sorted()) {
      ranksBelow += count;
      if (rank < ranksBelow) {
        // The value of the bucket (gamma^(i-1), gamma^i] with the least relative error.
        const value = 2 * GAMMA ** index / (GAMMA + 1);
        return Number(value.toPrecision(6));
      }
    }
    throw new Error(
      "Invariant: the buckets hold as many values as were added",
    );
  }
  #put(index: number, count: number): void {
    this.#buckets.set(index, (this.#buckets.get(index) ?? 0) + count);
  }

  #sorted(): [number, number][] {
    return [...this.#buckets].sort(([a], [b]) => a - b);
  }
}
