/**
 * What recorded data may do to a terminal: nothing. The one owner of which
 * characters get there.
 *
 * @module
 */

// Control, format (which turn the direction of writing) and lone surrogate
// characters, and what other programs take for the end of a line.
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
// A newline in JSON is indentation: in a string it is escaped already.
const UNSAFE_IN_JSON = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;
const NOT_ASCII_IN_JSON = /(?!\n)[^\x20-\x7e]/gu;
const NOT_ASCII = /[^\x20-\x7e]/gu;

const SHORT: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** What stands for our own characters where only ASCII can be shown. */
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
 * Text as it may be shown: a service's answer must not move the cursor, set a
 * title or turn the direction of writing. What could becomes a visible escape.
 *
 * @param unicode Whether the terminal reads UTF-8. Where it does not, the bytes
 * of any other letter could be control characters.
 */
export function printable(text: string, unicode: boolean): string {
  return unicode
    ? text.replace(UNSAFE, escape)
    : text.replace(NOT_ASCII, (char) => IN_ASCII[char] ?? escape(char));
}

/**
 * A value as JSON, with everything escaped that a terminal might obey.
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
    // A character beyond the first plane is two units, and two escapes.
    Array.from(
      { length: char.length },
      (_, i) => `\\u${char.charCodeAt(i).toString(16).padStart(4, "0")}`,
    ).join(""));
}

function escape(char: string): string {
  return SHORT[char] ?? `\\u{${char.codePointAt(0)!.toString(16)}}`;
}
