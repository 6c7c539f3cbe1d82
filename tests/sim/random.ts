/**
 * Chance that can be repeated: mulberry32, 32 bits of state. Good enough to
 * choose interleavings with, and the same on every runtime.
 * https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    // Neighbouring seeds must not begin alike.
    for (let i = 0; i < 3; i++) this.next();
  }

  /** From 0 up to, not including, 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  /** True so often in one. */
  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new RangeError("Cannot pick from nothing");
    return items[this.below(items.length)] as T;
  }

  /**
   * From 0 to `limit`, both included, with the ends as likely as all the rest:
   * what is lost in a power cut is often everything, or nothing.
   */
  amount(limit: number): number {
    const end = this.below(4);
    if (end === 0) return 0;
    if (end === 1) return limit;
    return this.below(limit + 1);
  }

  /**
   * A stream of its own, so that drawing more for one purpose moves nothing of
   * another: the run that crashes at operation 50 is the same as the one that
   * does not, up to operation 50.
   */
  fork(): Random {
    return new Random(Math.floor(this.next() * 4294967296));
  }
}
