/**
 * Numbers the instances of a run, for typed arrays with facts about them.
 *
 * @module
 */
import { chunkPlace } from "./id_chunks.ts";

/** Indexes that are assigned at once to neighbouring counted ids (`inst_001`). */
const CHUNK_SIZE = 16;

/** Assigns each instance id an index, from 0 on. */
export class InstanceIndex {
  /** First index of each chunk of counted ids. */
  readonly #chunks = new Map<string, number>();
  readonly #others = new Map<string, number>();
  #size = 0;

  /** Returns the index of an instance; assigns one to an id that has none. */
  indexOf(instance_id: string): number {
    const at = chunkPlace(instance_id, CHUNK_SIZE);
    return at
      ? this.#assign(this.#chunks, at.chunk, CHUNK_SIZE) + at.place
      : this.#assign(this.#others, instance_id, 1);
  }

  /**
   * Returns the index of an instance, `undefined` for one that has none, and
   * changes nothing. A counted id has an index as soon as a neighbour has one.
   */
  find(instance_id: string): number | undefined {
    const at = chunkPlace(instance_id, CHUNK_SIZE);
    if (!at) return this.#others.get(instance_id);
    const first = this.#chunks.get(at.chunk);
    return first === undefined ? undefined : first + at.place;
  }

  #assign(indexes: Map<string, number>, key: string, count: number): number {
    let index = indexes.get(key);
    if (index === undefined) {
      index = this.#size;
      indexes.set(key, index);
      this.#size += count;
    }
    return index;
  }
}

/** An array of numbers that grows as they are set: each is 0 until then. */
export class GrowingFloats {
  #numbers = new Float64Array(1024);

  /** Returns the number at an index. */
  get(index: number): number {
    return this.#numbers[index] ?? 0;
  }

  /** Sets the number at an index. */
  set(index: number, number: number): void {
    while (index >= this.#numbers.length) {
      const larger = new Float64Array(2 * this.#numbers.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[index] = number;
  }
}
