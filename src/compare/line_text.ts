/**
 * The texts of a line as bytes: without escapes, and without the correlation id
 * that the system under test sent back.
 *
 * @module
 */
import { PLACEHOLDER } from "./normal_form.ts";

const QUOTE = 34;
const BACKSLASH = 92;
const MINUS = 45;

/** 1 for the bytes that cannot stand in a text as they are: `"`, `\`, controls. */
export const ENDS_TEXT: Uint8Array = new Uint8Array(256);
ENDS_TEXT.fill(1, 0, 32);
ENDS_TEXT[QUOTE] = 1;
ENDS_TEXT[BACKSLASH] = 1;

/** What the letter after a backslash stands for; 0 for `\u`, and for none. */
const ESCAPED = new Uint8Array(256);
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n" };
for (const [letter, text] of Object.entries({ ...ESCAPES, r: "\r", t: "\t" })) {
  ESCAPED[letter.charCodeAt(0)] = text.charCodeAt(0);
}

/** Length of the span that follows a correlation id in a `traceparent`. */
const SPAN_LENGTH = 17;

const placeholder = new TextEncoder().encode(PLACEHOLDER);

/** Longer texts with an escape or the correlation id are read another way. */
const SCRATCH_BYTES = 64 * 1024;

/** Reads one text after the other. */
export class LineText {
  /** What holds the text that was read. */
  view: DataView = new DataView(new ArrayBuffer(0));
  /** Where it starts in `view`. */
  from = 0;
  /** Where it ends in `view`. */
  to = 0;
  /** The place after its closing quote, in the line. */
  end = 0;
  readonly #plain = new Uint8Array(SCRATCH_BYTES);
  readonly #plainView = new DataView(this.#plain.buffer);
  readonly #renamed = new Uint8Array(SCRATCH_BYTES * 2);
  readonly #renamedView = new DataView(this.#renamed.buffer);

  /**
   * Reads a text; returns whether it could be.
   *
   * @param from The place after its opening quote.
   * @param echo The correlation id that is renamed.
   */
  read(
    bytes: Uint8Array,
    view: DataView,
    from: number,
    echo: Uint8Array | undefined,
  ): boolean {
    let to = from;
    while (ENDS_TEXT[bytes[to]!] === 0) to++;
    this.view = view;
    this.from = from;
    this.to = to;
    this.end = to + 1;
    let text = bytes;
    if (bytes[to] !== QUOTE) {
      if (!this.#unescape(bytes, from, to)) return false;
      text = this.#plain;
    }
    if (echo === undefined || this.to - this.from < echo.length) return true;
    const at = indexOf(text, echo, this.from, this.to);
    return at === -1 || this.#rename(text, echo, at);
  }

  /** @param to The place of the first letter that does not stand for itself. */
  #unescape(bytes: Uint8Array, from: number, to: number): boolean {
    if (to - from > SCRATCH_BYTES) return false;
    const plain = this.#plain;
    let length = 0;
    for (let at = from; length < SCRATCH_BYTES;) {
      const byte = bytes[at]!;
      if (ENDS_TEXT[byte] === 0) {
        plain[length++] = byte;
        at++;
        continue;
      }
      if (byte === QUOTE) {
        this.view = this.#plainView;
        this.from = 0;
        this.to = length;
        this.end = at + 1;
        return true;
      }
      const escaped = byte === BACKSLASH ? ESCAPED[bytes[at + 1]!]! : 0;
      if (escaped === 0) return false;
      plain[length++] = escaped;
      at += 2;
    }
    return false;
  }

  /** @param first The first place of the correlation id. */
  #rename(text: Uint8Array, echo: Uint8Array, first: number): boolean {
    const { from, to } = this;
    if (to - from > SCRATCH_BYTES) return false;
    const renamed = this.#renamed;
    let length = 0;
    let at = from;
    for (let found = first; found !== -1;) {
      renamed.set(text.subarray(at, found), length);
      length += found - at;
      renamed.set(placeholder, length);
      length += placeholder.length;
      at = found + echo.length;
      found = indexOf(text, echo, at, to);
      if (isSpan(text, at, found === -1 ? to : found)) at += SPAN_LENGTH;
    }
    renamed.set(text.subarray(at, to), length);
    this.view = this.#renamedView;
    this.from = 0;
    this.to = length + to - at;
    return true;
  }
}

/** Whether a part begins with `-` and 16 hex digits, and not with more of them. */
function isSpan(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from < SPAN_LENGTH || bytes[from] !== MINUS) return false;
  for (let i = 1; i < SPAN_LENGTH; i++) {
    if (!isHex(bytes[from + i]!)) return false;
  }
  return to - from === SPAN_LENGTH || !isHex(bytes[from + SPAN_LENGTH]!);
}

function isHex(byte: number): boolean {
  return byte >= 48 && byte <= 57 || byte >= 97 && byte <= 102;
}

function indexOf(
  bytes: Uint8Array,
  wanted: Uint8Array,
  from: number,
  to: number,
): number {
  const first = wanted[0];
  const last = to - wanted.length;
  for (let at = from; at <= last; at++) {
    if (bytes[at] !== first) continue;
    let same = 1;
    while (same < wanted.length && bytes[at + same] === wanted[same]) same++;
    if (same === wanted.length) return at;
  }
  return -1;
}
