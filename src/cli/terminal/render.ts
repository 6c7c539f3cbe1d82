/**
 * Marked text becomes what a terminal gets: harmless, measured, cut, coloured.
 *
 * @module
 */
import stringWidth from "string-width";
import { styleText } from "node:util";
import { printable } from "./printable.ts";
import type { Mark, Text } from "./text.ts";

/** What the place can show that the text goes to. */
export interface Look {
  /** Whether marks become colours. */
  colours: boolean;
  /** Whether it reads UTF-8. */
  unicode: boolean;
}

interface Piece {
  text: string;
  marks: Mark[];
}

/** The text as it is written: without a newline. */
export function render(text: Text, look: Look): string {
  return pieces(text, look).map(({ text, marks }) =>
    look.colours && marks.length > 0
      ? styleText(marks, text, { validateStream: false })
      : text
  ).join("");
}

/** How many columns the text takes. */
export function widthOf(text: Text, look: Look): number {
  return pieces(text, look).reduce(
    (width, piece) => width + columnsOf(piece.text),
    0,
  );
}

/** The text, cut where it takes more than `width` columns. */
export function cut(text: Text, width: number, look: Look): Text {
  if (widthOf(text, look) <= width) return text;
  const ellipsis = "…";
  let room = width - widthOf(ellipsis, look);
  if (room < 0) return "";
  const kept: Text[] = [];
  for (const piece of pieces(text, look)) {
    const letters = lettersOf(piece.text, room);
    kept.push(marked(letters.text, piece.marks));
    room -= letters.width;
    if (letters.text.length < piece.text.length) break;
  }
  return [...kept, ellipsis];
}

/** A text in lines of `width` columns, broken between words. */
export function wrap(text: string, width: number, look: Look): string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(" ")) {
    const longer: string = line === undefined ? word : `${line} ${word}`;
    if (line === undefined || widthOf(longer, look) <= width) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line ?? ""];
}

/** The text, filled up with spaces to `width` columns. */
export function pad(
  text: Text,
  width: number,
  side: "left" | "right",
  look: Look,
): Text {
  const space = " ".repeat(Math.max(0, width - widthOf(text, look)));
  return side === "left" ? [text, space] : [space, text];
}

/** As many whole letters as take `room` columns: no pair or accent is split. */
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

/** What is plain ASCII takes a column a letter: mostly there is nothing else. */
function columnsOf(text: string): number {
  return /^[\x20-\x7e]*$/.test(text) ? text.length : stringWidth(text);
}

function pieces(text: Text, look: Look, marks: Mark[] = []): Piece[] {
  if (typeof text === "string") {
    return [{ text: printable(text, look.unicode), marks }];
  }
  if ("mark" in text) return pieces(text.text, look, [...marks, text.mark]);
  return text.flatMap((part) => pieces(part, look, marks));
}

function marked(text: string, marks: readonly Mark[]): Text {
  return marks.reduceRight<Text>((text, mark) => ({ mark, text }), text);
}
