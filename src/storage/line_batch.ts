/**
 * Joins lines that are written together.
 *
 * @module
 */
import { SHORT_TEXT_MAX } from "./limits.ts";

const START_BYTES = 4096;
const encoder = new TextEncoder();

/** Lines in their order: bytes, and between them long texts, not encoded yet. */
export class LineBatch {
  #bytes: Uint8Array;
  #length = 0;
  /** Long texts, and before which byte each comes. */
  #texts: { at: number; text: string }[] = [];
  #size = 0;
  #isWhole = true;

  /** @param buffer That of a batch that is written. */
  constructor(buffer?: Uint8Array) {
    this.#bytes = buffer ?? new Uint8Array(START_BYTES);
  }

  /** Length of the lines: bytes, and of texts UTF-16 code units. */
  get size(): number {
    return this.#size;
  }

  /** Whether it ends with a newline. */
  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** Adds a line with its newline. Bytes are copied. */
  add(line: Uint8Array | string): void {
    this.#size += line.length;
    this.#isWhole = isWholeLine(line);
    if (typeof line !== "string") {
      this.#reserve(line.length);
      this.#bytes.set(line, this.#length);
      this.#length += line.length;
    } else if (line.length <= SHORT_TEXT_MAX) {
      // A UTF-16 code unit takes at most three bytes.
      this.#reserve(3 * line.length);
      const rest = this.#bytes.subarray(this.#length);
      this.#length += encoder.encodeInto(line, rest).written;
    } else this.#texts.push({ at: this.#length, text: line });
  }

  /** Iterates over bytes and long texts in their order. */
  *parts(): Generator<Uint8Array | string> {
    let done = 0;
    for (const { at, text } of this.#texts) {
      if (at > done) yield this.#bytes.subarray(done, at);
      yield text;
      done = at;
    }
    if (this.#length > done) yield this.#bytes.subarray(done, this.#length);
  }

  /** Ends the batch, whose lines are written; returns its buffer. */
  release(): Uint8Array {
    const buffer = this.#bytes;
    this.#bytes = NONE;
    this.#texts = [];
    return buffer;
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** Whether a line ends with its newline. */
export function isWholeLine(line: Uint8Array | string): boolean {
  return typeof line === "string"
    ? line.endsWith("\n")
    : line[line.length - 1] === 10;
}

const NONE = new Uint8Array(0);
