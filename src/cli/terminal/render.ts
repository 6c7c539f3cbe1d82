/**
 * Renders styled text for a terminal: escapes, measures, cuts and colors it.
 *
 * @module
 */
import stringWidth from "string-width";
import { styleText } from "node:util";
import { withoutCredentials } from "../../json/conceal.ts";
import { printable } from "../../json/printable.ts";
import type { Style, Text } from "./text.ts";

/** What the output can show. */
export interface TerminalStyle {
  /** Whether styles become colors. */
  colors: boolean;
  /** Whether it reads UTF-8. */
  unicode: boolean;
  /** Takes out of each text what must not be shown. Default: passwords of URLs. */
  conceal?: (text: string) => string;
}

interface Piece {
  text: string;
  styles: Style[];
}

/** Renders a text, without a newline. */
export function render(text: Text, terminal: TerminalStyle): string {
  return pieces(text, terminal).map(({ text, styles }) =>
    terminal.colors && styles.length > 0
      ? styleText(styles, text, { validateStream: false })
      : text
  ).join("");
}

/** Returns the number of columns of a text. */
export function widthOf(text: Text, terminal: TerminalStyle): number {
  return pieces(text, terminal).reduce(
    (width, piece) => width + columnsOf(piece.text),
    0,
  );
}

/** Cuts a text that has more than `width` columns. */
export function cut(text: Text, width: number, terminal: TerminalStyle): Text {
  if (widthOf(text, terminal) <= width) return text;
  const ellipsis = "…";
  let room = width - widthOf(ellipsis, terminal);
  if (room < 0) return "";
  const kept: Text[] = [];
  for (const piece of pieces(text, terminal)) {
    const letters = lettersOf(piece.text, room);
    kept.push(styled(letters.text, piece.styles));
    room -= letters.width;
    if (letters.text.length < piece.text.length) break;
  }
  return [...kept, ellipsis];
}

/** Breaks a text between words, into lines of at most `width` columns. */
export function wrap(
  text: string,
  width: number,
  terminal: TerminalStyle,
): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (line === undefined || widthOf(longer, terminal) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line ?? ""];
}

/** Pads a text with spaces to `width` columns. */
export function pad(
  text: Text,
  width: number,
  side: "left" | "right",
  terminal: TerminalStyle,
): Text {
  const space = " ".repeat(Math.max(0, width - widthOf(text, terminal)));
  return side === "left" ? [text, space] : [space, text];
}

/** The characters that fit into `room` columns; no surrogate pair or accent is split. */
function lettersOf(
  text: string,
  room: number,
): { text: string; width: number } {
  let end = 0;
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    const more = columnsOf(segment);
    if (width + more > room) break;
    width += more;
    end += segment.length;
  }
  return { text: text.slice(0, end), width };
}

/** A fast path for ASCII, where each character has one column. */
function columnsOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

function pieces(
  text: Text,
  terminal: TerminalStyle,
  styles: Style[] = [],
): Piece[] {
  if (typeof text === "string") {
    const { conceal = withoutCredentials, unicode } = terminal;
    return [{ text: printable(conceal(text), unicode), styles }];
  }
  if ("style" in text) {
    return pieces(text.text, terminal, [...styles, text.style]);
  }
  return text.flatMap((part) => pieces(part, terminal, styles));
}

function styled(text: string, styles: readonly Style[]): Text {
  return styles.reduceRight<Text>((text, style) => ({ style, text }), text);
}
