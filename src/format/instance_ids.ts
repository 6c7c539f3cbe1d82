/**
 * A set of instance ids that stays small for a run of millions: ids that were
 * counted (`inst_001`) take a bit each.
 *
 * @module
 */
import { countedDigits } from "./layout.ts";

const CHUNK_BITS = 2048;

/** A set of instance ids, to look at. */
export interface ReadonlyInstanceIds extends Iterable<string> {
  /** How many ids there are. */
  readonly size: number;
  /** Whether an id is there. */
  has(instance_id: string): boolean;
}

/** A set of instance ids. */
export class InstanceIds implements ReadonlyInstanceIds {
  /** Bits of counted ids, by number of digits and chunk of numbers. */
  readonly #chunks = new Map<string, Uint8Array>();
  readonly #others = new Set<string>();
  #size = 0;

  /** How many ids there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds an id; one that is there already changes nothing. */
  add(id: string): void {
    const place = placeOf(id);
    if (!place) {
      if (!this.#others.has(id)) this.#size++;
      this.#others.add(id);
      return;
    }
    let chunk = this.#chunks.get(place.key);
    if (!chunk) {
      chunk = new Uint8Array(CHUNK_BITS / 8);
      this.#chunks.set(place.key, chunk);
    }
    if (!(chunk[place.byte]! & place.mask)) this.#size++;
    chunk[place.byte]! |= place.mask;
  }

  /** Whether an id is there. */
  has(id: string): boolean {
    const place = placeOf(id);
    if (!place) return this.#others.has(id);
    const chunk = this.#chunks.get(place.key);
    return chunk !== undefined && (chunk[place.byte]! & place.mask) !== 0;
  }

  /** The ids, in the order of their names. */
  *[Symbol.iterator](): Generator<string> {
    const ids = [...this.#others];
    for (const [key, chunk] of this.#chunks) {
      const [digits, number] = key.split(":").map(Number);
      for (let bit = 0; bit < CHUNK_BITS; bit++) {
        if (!(chunk[bit >> 3]! & (1 << (bit & 7)))) continue;
        const count = number! * CHUNK_BITS + bit;
        ids.push(`inst_${String(count).padStart(digits!, "0")}`);
      }
    }
    yield* ids.sort();
  }
}

interface Place {
  key: string;
  byte: number;
  mask: number;
}

function placeOf(id: string): Place | undefined {
  const digits = countedDigits(id);
  if (digits === undefined) return undefined;
  const number = Number(digits);
  const bit = number % CHUNK_BITS;
  return {
    key: `${digits.length}:${(number - bit) / CHUNK_BITS}`,
    byte: bit >> 3,
    mask: 1 << (bit & 7),
  };
}
