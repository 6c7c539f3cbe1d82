/**
 * Text that is safe and pleasant on a terminal.
 *
 * @module
 */
import process from "node:process";

/** A stream that may be a terminal. */
export interface Output {
  isTTY?: boolean;
  columns?: number;
  write(text: string): unknown;
}

/** Marks up text; plain where colours are not wanted. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  red(text: string): string;
  green(text: string): string;
}

/** Text as it is. */
export const PLAIN: Style = {
  bold: (text) => text,
  dim: (text) => text,
  red: (text) => text,
  green: (text) => text,
};

const COLOURED: Style = {
  bold: (text) => `\x1b[1m${text}\x1b[22m`,
  dim: (text) => `\x1b[2m${text}\x1b[22m`,
  red: (text) => `\x1b[31m${text}\x1b[39m`,
  green: (text) => `\x1b[32m${text}\x1b[39m`,
};

/** Colours for terminals only, and not against https://no-color.org. */
export function styleFor({ isTTY }: Output): Style {
  const { NO_COLOR = "", TERM } = process.env;
  return isTTY && NO_COLOR === "" && TERM !== "dumb" ? COLOURED : PLAIN;
}

/**
 * Recorded text as it may be shown: a service's answer must not move the
 * cursor, set a title or turn the direction of writing. Control and format
 * characters become visible escapes, and the text ends after `length_max`.
 */
export function printable(text: string, length_max = 240): string {
  const visible = text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  );
  if (visible.length <= length_max) return visible;
  // By code points, so that no pair of surrogates is cut.
  return `${[...visible].slice(0, length_max).join("")}…`;
}
