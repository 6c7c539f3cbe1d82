/**
 * The text of a brief: recorded data in fences, within a number of tokens.
 *
 * @module
 */
import { shorten } from "../json/preview.ts";
import { shellWord } from "../json/shell_word.ts";
import type { JsonValue } from "../json/value.ts";

/** Bytes of UTF-8 that count as a token. */
const TOKEN_BYTES = 3;
const NAME_LENGTH_MAX = 80;
const VALUE_LENGTH_MAX = 120;

/**
 * The number of tokens of a text: one for each three bytes of UTF-8. Encodings of
 * language models give English and JSON fewer.
 */
export function countTokens(text: string): number {
  return Math.ceil(new TextEncoder().encode(text).length / TOKEN_BYTES);
}

/** A recorded name in one line, shortened. */
export function briefName(name: string | null): string {
  return name === null ? "-" : oneLine(shorten(name, NAME_LENGTH_MAX));
}

/** A path or an id, whole, as a word of a command line. */
export function briefWord(word: string): string {
  return shellWord(oneLine(word));
}

/** A recorded text in one line, shortened. */
export function briefText(text: string): string {
  return oneLine(shorten(text, 2 * VALUE_LENGTH_MAX));
}

/** A recorded value as JSON in one line, shortened; undefined stands for nothing. */
export function briefValue(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  return oneLine(shorten(JSON.stringify(value), VALUE_LENGTH_MAX));
}

/**
 * What ends a line, is not shown, or turns the direction of writing becomes an
 * escape, as in JSON; so does a backtick, of which a fence is made.
 */
function oneLine(text: string): string {
  return text.toWellFormed().replaceAll(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffd`]/gu,
    (letter) => `\\u${letter.codePointAt(0)!.toString(16).padStart(4, "0")}`,
  );
}

/** Recorded lines between fences. No line of them holds what a fence is made of. */
export function fenced(lines: readonly string[]): string[] {
  return ["```recorded", ...lines, "```"];
}

/** Lines that are added as long as they fit. */
export class BriefLines {
  readonly #lines: string[] = [];
  readonly #tokensMax: number;
  #text = "";
  /** Parts that did not fit. */
  left = 0;

  /** @param reserved Lines that come last, whatever is left out before. */
  constructor(tokensMax: number, reserved: readonly string[]) {
    this.#tokensMax = tokensMax - countTokens(`${reserved.join("\n")}\n`);
  }

  /** Adds lines that belong together, or none of them; returns whether they fit. */
  add(lines: readonly string[]): boolean {
    const text = `${this.#text}${lines.join("\n")}\n`;
    if (countTokens(text) > this.#tokensMax) {
      this.left++;
      return false;
    }
    this.#text = text;
    this.#lines.push(...lines);
    return true;
  }

  /** The lines that were added. */
  get lines(): readonly string[] {
    return this.#lines;
  }
}
