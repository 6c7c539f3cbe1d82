/**
 * Escapes characters that a terminal could obey.
 *
 * @module
 */

// Control characters, format characters (which change the direction of writing),
// lone surrogates, and line and paragraph separators.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
// A newline in JSON is indentation; those in strings are escaped already.
const UNSAFE_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const NOT_ASCII_IN_JSON = /(?!\n)[^\x20-\x7e]/gu;
const NOT_ASCII = /[^\x20-\x7e]/gu;

const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Replacements of our own characters on a terminal that shows only ASCII. */
const IN_ASCII: Record<string, string> = {
  "…": "...",
  "–": "-",
  "×": "x",
  "→": "->",
  "─": "-",
  "│": "|",
  "├": "|",
  "└": "`",
  "█": "#",
  "░": ".",
  "▁": "_",
  "▂": ".",
  "▃": ":",
  "▄": "-",
  "▅": "=",
  "▆": "+",
  "▇": "*",
  "✓": "+",
  "✗": "x",
};

/**
 * Escapes recorded text: it must not move the cursor, set a title or change the
 * direction of writing.
 *
 * @param unicode Whether the terminal reads UTF-8. Where it does not, the bytes
 * of other characters could be control characters.
 */
export function printable(text: string, unicode: boolean): string {
  return unicode
    ? text.replace(UNSAFE, escape)
    : text.replace(NOT_ASCII, (char) => IN_ASCII[char] ?? escape(char));
}

/**
 * Formats a value as JSON, and escapes what a terminal could obey.
 *
 * @param unicode As for {@linkcode printable}.
 */
export function printableJson(
  value: unknown,
  unicode: boolean,
  indent: number = 0,
): string {
  const unsafe = unicode ? UNSAFE_IN_JSON : NOT_ASCII_IN_JSON;
  return JSON.stringify(value, null, indent).replace(unsafe, (char) =>
    // A character outside the basic plane has two code units, and so two escapes.
    Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""));
}

function escape(char: string): string {
  return SHORT[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
