/**
 * Searches bytes for a text, as Horspool described it: most bytes are passed over.
 *
 * @module
 */

/** A text to search bytes for. */
export class Needle {
  readonly #bytes: Uint8Array;
  /** How far the end of the text may be moved, by the byte that stands there. */
  readonly #skips: Uint16Array = new Uint16Array(256);

  constructor(text: string) {
    this.#bytes = new TextEncoder().encode(text);
    const { length } = this.#bytes;
    this.#skips.fill(Math.min(length, 0xffff));
    for (let i = Math.max(0, length - 0xffff); i < length - 1; i++) {
      this.#skips[this.#bytes[i]!] = length - 1 - i;
    }
  }

  /** Its length in bytes. */
  get length(): number {
    return this.#bytes.length;
  }

  /** The first place of the text in `bytes` from `from` on; -1 for none. */
  in(bytes: Uint8Array, from: number): number {
    const needle = this.#bytes;
    const skips = this.#skips;
    const last = needle.length - 1;
    for (let end = from + last; end < bytes.length;) {
      const byte = bytes[end]!;
      if (byte === needle[last]) {
        let i = last - 1;
        while (i >= 0 && bytes[end - last + i] === needle[i]) i--;
        if (i < 0) return end - last;
      }
      end += skips[byte]!;
    }
    return -1;
  }
}
