/**
 * Bytes that are collected in one buffer, which grows and is used again.
 *
 * @module
 */
const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Collects bytes and texts. */
export class ByteBuffer {
  /** Number of bytes. */
  length = 0;
  #bytes: Uint8Array<ArrayBuffer>;

  /** @param room Bytes that it has room for at first. */
  constructor(room = 1024) {
    this.#bytes = new Uint8Array(room);
  }

  /** Bytes that it has room for. */
  get room(): number {
    return this.#bytes.length;
  }

  /** Adds bytes. */
  add(bytes: Uint8Array, start = 0, end: number = bytes.length): void {
    this.#grow(this.length + end - start);
    this.#bytes.set(bytes.subarray(start, end), this.length);
    this.length += end - start;
  }

  /** Adds a text, as UTF-8. */
  addText(text: string): void {
    // At most three bytes for each unit of the text.
    this.#grow(this.length + 3 * text.length);
    this.length += encoder.encodeInto(
      text,
      this.#bytes.subarray(this.length),
    ).written;
  }

  /** The bytes, and room after them: valid until more are added. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes;
  }

  /** A view of some of its bytes: valid until more are added. */
  view(start: number, end: number): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(start, end);
  }

  /** Some of its bytes as text. */
  text(start: number, end: number): string {
    return decoder.decode(this.view(start, end));
  }

  /** Returns a copy of the bytes, and begins anew. */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#bytes.slice(0, this.length);
    this.length = 0;
    return bytes;
  }

  #grow(length: number): void {
    if (length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(length, 2 * this.#bytes.length));
    larger.set(this.view(0, this.length));
    this.#bytes = larger;
  }
}

/** Whether two ranges have the same bytes. */
export function haveEqualBytes(
  a: Uint8Array,
  startA: number,
  endA: number,
  b: Uint8Array,
  startB: number,
  endB: number,
): boolean {
  if (endA - startA !== endB - startB) return false;
  for (let i = startA, j = startB; i < endA; i++, j++) {
    if (a[i] !== b[j]) return false;
  }
  return true;
}
