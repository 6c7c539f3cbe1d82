/**
 * Decodes the escaped parts of a text.
 *
 * @module
 */

/** A text in which escapes were decoded, one character for each byte. */
export interface DecodedText {
  /** The text. */
  text: string;
  /** Where each of its characters begins in the source, and where it ends. */
  places: Uint32Array;
  /** What was decoded, the outermost first: `["as JSON", "URL-encoded"]`. */
  forms: readonly string[];
}

/** How many escapes within escapes are decoded. */
const DEPTH_MAX = 3;

interface Escape {
  form: string;
  /** A text without it has none. */
  mark: string;
  pattern: RegExp;
  /** What an escape stands for, one character for each byte. */
  decode: (escape: RegExpExecArray) => string;
}

const LETTERS: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  lt: "<",
  nbsp: "\u00a0",
  quot: '"',
};

const ESCAPES: readonly Escape[] = [
  {
    form: "as JSON",
    mark: "\\",
    // Two escapes may be one character beyond the first 65,536.
    pattern:
      /\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|x([0-9a-fA-F]{2})|([^]))/g,
    decode: ([, high, low, hex, letter]) => {
      if (hex !== undefined) return String.fromCharCode(parseInt(hex, 16));
      if (letter !== undefined) return LETTERS[letter] ?? letter;
      return bytesOf(
        String.fromCharCode(parseInt(high!, 16)) +
          (low === undefined ? "" : String.fromCharCode(parseInt(low, 16))),
      );
    },
  },
  {
    form: "URL-encoded",
    mark: "%",
    pattern: /%([0-9a-fA-F]{2})/g,
    decode: ([, hex]) => String.fromCharCode(parseInt(hex!, 16)),
  },
  {
    form: "as HTML",
    mark: "&",
    pattern: /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(\w{2,4}));/g,
    decode: ([whole, decimal, hex, name]) => {
      if (name !== undefined) {
        return Object.hasOwn(ENTITIES, name) ? bytesOf(ENTITIES[name]!) : whole;
      }
      const code = decimal ? Number(decimal) : parseInt(hex!, 16);
      return code <= 0x10ffff ? bytesOf(String.fromCodePoint(code)) : whole;
    },
  },
];

/**
 * Yields a text as it is, and decoded: each kind of escape, and escapes within
 * escapes, to a depth of three. No text comes twice.
 *
 * @param text One character for each byte.
 */
export function* decodedTexts(text: string): Generator<DecodedText> {
  const places = Uint32Array.from({ length: text.length + 1 }, (_, i) => i);
  const seen = new Set<string>();
  const waiting: DecodedText[] = [{ text, places, forms: [] }];
  for (let next; (next = waiting.shift());) {
    if (seen.has(next.text)) continue;
    seen.add(next.text);
    yield next;
    if (next.forms.length === DEPTH_MAX) continue;
    for (const escape of ESCAPES) {
      if (next.text.includes(escape.mark)) waiting.push(decode(next, escape));
    }
  }
}

function decode(
  { text, places, forms }: DecodedText,
  { form, pattern, decode }: Escape,
): DecodedText {
  const parts: string[] = [];
  const decoded = new Uint32Array(places.length);
  let length = 0;
  const copy = (from: number, to: number) => {
    parts.push(text.slice(from, to));
    decoded.set(places.subarray(from, to), length);
    length += to - from;
  };
  let at = 0;
  pattern.lastIndex = 0;
  for (let escape; (escape = pattern.exec(text));) {
    copy(at, escape.index);
    const value = decode(escape);
    parts.push(value);
    decoded.fill(places[escape.index]!, length, length + value.length);
    length += value.length;
    at = pattern.lastIndex;
  }
  copy(at, text.length);
  decoded[length] = places[text.length]!;
  return {
    text: parts.join(""),
    places: decoded.subarray(0, length + 1),
    forms: forms.includes(form) ? forms : [...forms, form],
  };
}

/**
 * A text without its line breaks and the spaces after them, and with the digits of
 * the usual base64: as lines of MIME hold it.
 */
export function withoutLineBreaks(decoded: DecodedText): DecodedText {
  const { text, places } = decoded;
  if (!/[\r\n_-]/.test(text)) return decoded;
  const kept = new Uint32Array(places.length);
  let length = 0;
  let squeezed = "";
  let at = 0;
  const copy = (to: number) => {
    squeezed += text.slice(at, to);
    kept.set(places.subarray(at, to), length);
    length += to - at;
  };
  for (const { index, 0: gap } of text.matchAll(/[\r\n]+[ \t]*/g)) {
    copy(index);
    at = index + gap.length;
  }
  copy(text.length);
  kept[length] = places[text.length]!;
  return {
    ...decoded,
    text: squeezed.replaceAll("-", "+").replaceAll("_", "/"),
    places: kept.subarray(0, length + 1),
  };
}

/** One character for each byte of a text in UTF-8. */
export function bytesOf(text: string): string {
  let bytes = "";
  for (const byte of new TextEncoder().encode(text)) {
    bytes += String.fromCharCode(byte);
  }
  return bytes;
}
