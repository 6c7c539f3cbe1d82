/**
 * A set of instance ids that takes one bit for each counted id (`inst_001`).
 *
 * @module
 */
import { chunkPlace, idAtPlace } from "./id_chunks.ts";

/** Counted ids per bitmap. */
const CHUNK_SIZE = 2048;

/** A set of instance ids that cannot be changed. */
export interface ReadonlyInstanceIds extends Iterable<string> {
  /** Number of ids. */
  readonly size: number;
  /** Whether the set has an id. */
  has(instance_id: string): boolean;
}

/** A set of instance ids. */
export class InstanceIds implements ReadonlyInstanceIds {
  /** One bit for each id of a chunk. */
  readonly #bitmaps = new Map<string, Uint8Array>();
  readonly #others = new Set<string>();
  #countedSize = 0;

  /** Number of ids. */
  get size(): number {
    return this.#countedSize + this.#others.size;
  }

  /** Adds an id; does nothing if the set has it. */
  add(instance_id: string): void {
    const at = chunkPlace(instance_id, CHUNK_SIZE);
    if (!at) {
      this.#others.add(instance_id);
      return;
    }
    let bitmap = this.#bitmaps.get(at.chunk);
    if (!bitmap) {
      bitmap = new Uint8Array(CHUNK_SIZE / 8);
      this.#bitmaps.set(at.chunk, bitmap);
    }
    const bit = bitOf(at.place);
    if (!(bitmap[at.place >> 3]! & bit)) this.#countedSize++;
    bitmap[at.place >> 3]! |= bit;
  }

  /** Whether the set has an id. */
  has(instance_id: string): boolean {
    const at = chunkPlace(instance_id, CHUNK_SIZE);
    if (!at) return this.#others.has(instance_id);
    const bitmap = this.#bitmaps.get(at.chunk);
    return bitmap !== undefined &&
      (bitmap[at.place >> 3]! & bitOf(at.place)) !== 0;
  }

  /** Iterates over the ids, sorted. */
  *[Symbol.iterator](): Generator<string> {
    const ids = [...this.#others];
    for (const [chunk, bitmap] of this.#bitmaps) {
      for (let place = 0; place < CHUNK_SIZE; place++) {
        if (bitmap[place >> 3]! & bitOf(place)) {
          ids.push(idAtPlace({ chunk, place }, CHUNK_SIZE));
        }
      }
    }
    yield* ids.sort();
  }
}

/** The bit of a place in its byte. */
function bitOf(place: number): number {
  return 1 << (place & 7);
}
