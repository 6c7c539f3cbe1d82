/**
 * Finds a text or a regular expression in names, values and lines.
 *
 * @module
 */
import { type Path, pathText } from "../json/path_pattern.ts";
import type { JsonValue } from "../json/value.ts";
import { Needle } from "./byte_search.ts";

const EXCERPT_BEFORE = 40;
const EXCERPT_LENGTH = 160;

/** A place in a value, and what stands there. */
export interface FoundPlace {
  /** The place, such as `"observation.body.error"`. */
  path: string;
  /** The text there, around what was found. */
  text: string;
}

/** What is searched for. */
export class SearchPattern {
  readonly #text: string | undefined;
  readonly #expression: RegExp | undefined;
  readonly #needles: Needle[];

  constructor(pattern: string | RegExp) {
    if (typeof pattern !== "string") {
      // With "g" or "y" it would begin where it has stopped.
      const flags = pattern.flags.replaceAll(/[gy]/g, "");
      this.#expression = new RegExp(pattern.source, flags);
      this.#needles = [];
      return;
    }
    this.#text = pattern;
    const inJson = JSON.stringify(pattern).slice(1, -1);
    this.#needles = [...new Set([pattern, inJson])]
      .map((text) => new Needle(text));
  }

  /** Whether it is a regular expression. */
  get isExpression(): boolean {
    return this.#expression !== undefined;
  }

  /** Length in bytes of the longest text that is looked for. */
  get bytesMax(): number {
    return Math.max(0, ...this.#needles.map(({ length }) => length));
  }

  /**
   * The first place in `bytes` from `from` on where it may be found; -1 for none.
   * Lines have to be looked at one by one for a regular expression.
   */
  mayBeIn(bytes: Uint8Array, from: number): number {
    if (this.#expression) return from < bytes.length ? from : -1;
    let first = -1;
    for (const needle of this.#needles) {
      const at = needle.in(bytes, from);
      if (at !== -1 && (first === -1 || at < first)) first = at;
    }
    return first;
  }

  /** The text around the first place in a text; undefined where it is not there. */
  excerptOf(text: string): string | undefined {
    const at = this.#text !== undefined
      ? text.indexOf(this.#text)
      : text.search(this.#expression!);
    if (at === -1) return undefined;
    const from = Math.max(0, at - EXCERPT_BEFORE);
    const to = from + EXCERPT_LENGTH;
    return (from > 0 ? "…" : "") + text.slice(from, to).toWellFormed() +
      (to < text.length ? "…" : "");
  }

  /** All places in a value whose name or text has it. */
  placesIn(value: JsonValue): FoundPlace[] {
    const found: FoundPlace[] = [];
    this.#collect(value, [], found);
    return found;
  }

  #collect(value: JsonValue, path: Path, found: FoundPlace[]): void {
    if (typeof value !== "object" || value === null) {
      const text = this.excerptOf(
        typeof value === "string" ? value : JSON.stringify(value),
      );
      if (text !== undefined) found.push({ path: pathText(path), text });
      return;
    }
    const isArray = Array.isArray(value);
    for (const [key, member] of Object.entries(value)) {
      const at = [...path, isArray ? Number(key) : key];
      const name = isArray ? undefined : this.excerptOf(key);
      if (name !== undefined) found.push({ path: pathText(at), text: name });
      this.#collect(member as JsonValue, at, found);
    }
  }
}
