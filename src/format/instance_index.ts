/**
 * The instances of a run as rows of a table: a number for each, from 0 on, so
 * that what is known of millions of them fits into typed arrays.
 *
 * @module
 */
import { countedDigits } from "./layout.ts";

/** Rows that are given at once to counted ids (`inst_001`) that are neighbours. */
const CHUNK_ROWS = 16;

/** Gives each instance id its row. */
export class InstanceRows {
  /** First row of the counted ids of a chunk, by number of digits and chunk. */
  readonly #chunks = new Map<string, number>();
  readonly #others = new Map<string, number>();
  #count = 0;

  /** The row of an instance: always the same one. */
  rowOf(instance_id: string): number {
    const digits = countedDigits(instance_id);
    if (digits === undefined) {
      return this.#given(this.#others, instance_id, 1);
    }
    const number = Number(digits);
    const place = number % CHUNK_ROWS;
    const chunk = `${digits.length}:${(number - place) / CHUNK_ROWS}`;
    return this.#given(this.#chunks, chunk, CHUNK_ROWS) + place;
  }

  #given(rows: Map<string, number>, key: string, count: number): number {
    let row = rows.get(key);
    if (row === undefined) {
      row = this.#count;
      rows.set(key, row);
      this.#count += count;
    }
    return row;
  }
}

/** A column of such a table: a number for each row, 0 to begin with. */
export class NumberColumn {
  #numbers = new Float64Array(1024);

  /** The number of a row. */
  get(row: number): number {
    return this.#numbers[row] ?? 0;
  }

  /** Sets the number of a row. */
  set(row: number, number: number): void {
    while (row >= this.#numbers.length) {
      const larger = new Float64Array(2 * this.#numbers.length);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[row] = number;
  }
}
