/**
 * Columns that grow: numbers in typed arrays, texts in one buffer.
 *
 * @module
 */
import { ByteBuffer, haveEqualBytes } from "./byte_buffer.ts";

type NumberArray =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

/** A typed array that grows as it is set: each number is 0 until then. */
export class Growing<A extends NumberArray> {
  readonly #make: new (length: number) => A;
  #array: A;

  constructor(make: new (length: number) => A) {
    this.#make = make;
    this.#array = new make(0);
  }

  /** What was set so far, with zeros after it. */
  get array(): A {
    return this.#array;
  }

  /** Returns the number at an index. */
  get(index: number): number {
    return this.#array[index] ?? 0;
  }

  /** Sets the number at an index. */
  set(index: number, number: number): void {
    if (index >= this.#array.length) {
      const larger = new this.#make(Math.max(1024, 2 * index));
      larger.set(this.#array);
      this.#array = larger;
    }
    this.#array[index] = number;
  }

  /** Sets all to 0, and frees their memory. */
  clear(): void {
    this.#array = new this.#make(0);
  }
}

/** Texts in one buffer, as UTF-8. */
export class TextColumn {
  readonly #bytes = new ByteBuffer();
  /** Of each text: where it ends, and 1 where it is null. */
  readonly #ends = new Growing<Float64Array<ArrayBuffer>>(Float64Array);
  readonly #nulls = new Growing<Uint8Array<ArrayBuffer>>(Uint8Array);
  #length = 0;

  /** Number of texts. */
  get length(): number {
    return this.#length;
  }

  /** Adds a text. */
  add(text: string | null): void {
    if (text === null) this.#nulls.set(this.#length, 1);
    else this.#bytes.addText(text);
    this.#ends.set(this.#length++, this.#bytes.length);
  }

  /** Returns the text at an index. */
  get(index: number): string | null {
    if (this.#nulls.get(index) === 1) return null;
    return this.#bytes.text(this.#startOf(index), this.#ends.get(index));
  }

  /** The bytes of a text: valid until more are added. */
  bytesOf(index: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.view(this.#startOf(index), this.#ends.get(index));
  }

  /** Whether the text at one index comes before that at another, by its bytes. */
  isBefore(a: number, b: number): boolean {
    const { bytes } = this.#bytes;
    let [i, j] = [this.#startOf(a), this.#startOf(b)];
    const [endA, endB] = [this.#ends.get(a), this.#ends.get(b)];
    while (i < endA && j < endB && bytes[i] === bytes[j]) i++, j++;
    if (i === endA || j === endB) return i === endA && j < endB;
    return bytes[i]! < bytes[j]!;
  }

  /** Whether a text has these bytes. */
  hasBytes(
    index: number,
    bytes: Uint8Array,
    start: number,
    end: number,
  ): boolean {
    return haveEqualBytes(
      bytes,
      start,
      end,
      this.#bytes.bytes,
      this.#startOf(index),
      this.#ends.get(index),
    );
  }

  #startOf(index: number): number {
    return index === 0 ? 0 : this.#ends.get(index - 1);
  }
}

/** Finds texts of a column by their bytes: an open hash table of their indexes. */
export class TextIndex {
  readonly #texts: TextColumn;
  /** Index + 1 of a text, or 0. At most half of them are in use. */
  #slots = new Uint32Array(1024);

  /** @param texts Each text is in it once; none is null. */
  constructor(texts: TextColumn) {
    this.#texts = texts;
  }

  /** Returns the index of a text, or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#slots[this.#slotOf(bytes, start, end)]! - 1;
  }

  /** Notes the text that was added last. */
  add(bytes: Uint8Array, start: number, end: number): void {
    const { length } = this.#texts;
    if (2 * length > this.#slots.length) this.#grow();
    else this.#slots[this.#slotOf(bytes, start, end)] = length;
  }

  #grow(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let index = 0; index < this.#texts.length; index++) {
      const bytes = this.#texts.bytesOf(index);
      this.#slots[this.#slotOf(bytes, 0, bytes.length)] = index + 1;
    }
  }

  /** The slot of a text, or the one where it belongs. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let hash = 0x811c9dc5; // FNV-1a
    for (let i = start; i < end; i++) {
      hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
    }
    for (let slot = (hash ^ (hash >>> 15)) & mask;; slot = (slot + 1) & mask) {
      const index = this.#slots[slot]! - 1;
      if (index === -1) return slot;
      if (this.#texts.hasBytes(index, bytes, start, end)) return slot;
    }
  }
}
