/**
 * How latencies are spread, in a line.
 *
 * @module
 */

/** Buckets grow by this factor: a fifth more than the one before. */
const GROWTH = 1.2;
const VALUE_MIN_MS = 0.001;
const BUCKETS = 160; // Up to 51 days.
const LEVELS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"];

/** Counts latencies in bounded memory. */
export class Histogram {
  readonly #counts = new Float64Array(BUCKETS);
  #least = Infinity;
  #greatest = 0;

  /** Adds a latency. */
  add(latency_ms: number): void {
    this.#least = Math.min(this.#least, latency_ms);
    this.#greatest = Math.max(this.#greatest, latency_ms);
    const bucket = Math.floor(
      Math.log(Math.max(latency_ms, VALUE_MIN_MS) / VALUE_MIN_MS) /
        Math.log(GROWTH),
    );
    this.#counts[Math.min(bucket, BUCKETS - 1)]!++;
  }

  /** The least and the greatest one; undefined where there was none. */
  get range(): { least: number; greatest: number } | undefined {
    return this.#least === Infinity
      ? undefined
      : { least: this.#least, greatest: this.#greatest };
  }

  /**
   * A letter per bucket from the least to the greatest, as high as it is full.
   *
   * @param columnsMax Buckets are joined until there are no more than these.
   */
  draw(columnsMax: number): string {
    const first = this.#counts.findIndex((count) => count > 0);
    if (first === -1) return "";
    const last = this.#counts.findLastIndex((count) => count > 0);
    const joined = Math.ceil((last - first + 1) / columnsMax);
    const bars: number[] = [];
    for (let i = first; i <= last; i += joined) {
      const part = this.#counts.subarray(i, Math.min(i + joined, last + 1));
      bars.push(part.reduce((sum, count) => sum + count));
    }
    const highest = Math.max(...bars);
    return bars.map((count) =>
      count === 0
        ? " "
        : LEVELS[Math.ceil(count / highest * LEVELS.length) - 1]!
    ).join("");
  }
}
