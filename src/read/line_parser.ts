/**
 * Parses lines into records, and decides which lines are bad.
 *
 * @module
 */
import * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import { isTooComplex, mayBeTooComplex } from "../json/parsed_size.ts";
import { parseJson } from "../json/value.ts";
import { LINE_BYTES_MAX, type LineBlock } from "../storage/line_reader.ts";

const NEWLINE = 10;
const QUOTE = 34;
const BACKSLASH = 92;

/** How every line of the format begins, up to the id. */
const BEGINNING = new TextEncoder().encode('{"instance_id":"');

const TOO_COMPLEX =
  "it has more lists, objects and members than this library writes into a line";
const TOO_LONG = `it is longer than ${LINE_BYTES_MAX} bytes`;

/** How lines are read. */
export interface ReadLinesOptions {
  /**
   * Takes the error (`CORRUPT_LINE`) of each bad line, to count or to keep; the
   * line is left out, and reading goes on. So does that of a file that is missing
   * (`CORRUPT_FILE`). Default: the first one is raised, or goes to `onDamage` of
   * `openRun`.
   */
  onCorruptLine?: (error: ArtifactError) => void;
}

/** What {@linkcode ReadLinesOptions} may hold. */
export const ReadLinesOptionsSchema: v.GenericSchema<ReadLinesOptions> = v
  .strictObject({ onCorruptLine: v.optional(onCorruptLineOption()) });

/** The option of everything that reads lines. */
export function onCorruptLineOption(): v.GenericSchema<
  NonNullable<ReadLinesOptions["onCorruptLine"]>
> {
  return v.custom<NonNullable<ReadLinesOptions["onCorruptLine"]>>(
    (value) => typeof value === "function",
    "must be a function",
  );
}

/** Which lines of which file a {@linkcode LineParser} parses. */
export interface LineParserOptions {
  /** The file, for errors. */
  file: string;
  /** Whether a parsed line has the fields that make it a record. */
  isRecord: (value: unknown) => boolean;
  /**
   * Whether the lines of an instance are wanted. Others are recognized by their
   * first bytes and skipped without parsing them. Default: all are.
   */
  wantsInstance?: ((instance_id: string) => boolean) | undefined;
  /**
   * A line without any of these texts may be skipped without parsing it: for
   * lines as this library writes them. Default: none is skipped.
   */
  needles?: readonly string[] | undefined;
  /**
   * Called for each bad line, which is left out. Default: the first one is
   * thrown. An error costs more than a line, and there may be millions of them:
   * it is made when `makeError` is called.
   */
  onBadLine?: ((makeError: () => ArtifactError) => void) | undefined;
}

/** Returns the parser option that passes the errors of bad lines on. */
export function badLines(
  { onCorruptLine }: ReadLinesOptions,
): Pick<LineParserOptions, "onBadLine"> {
  if (!onCorruptLine) return {};
  return { onBadLine: (makeError) => onCorruptLine(makeError()) };
}

/** What a block of lines holds. */
export interface ParsedBlock<R> {
  /** The records, up to a line that is raised. */
  records: R[];
  /** The error to raise after them. */
  corrupt?: ArtifactError;
}

/** Parses the lines of one file, block after block. */
export class LineParser<R> {
  readonly #options: LineParserOptions;
  /** Number of the next line, from 1. */
  #line = 1;

  /** Makes a parser that begins with the first line of its file. */
  constructor(options: LineParserOptions) {
    this.#options = options;
  }

  /** Parses the next block of the file. */
  parse(block: LineBlock): ParsedBlock<R> {
    return (block.tooLong ? undefined : this.#parseText(block)) ??
      this.#parseLines(block);
  }

  /**
   * Parses one line by itself, where the caller finds the lines.
   *
   * @param number Number of the line in the file, from 1.
   * @param offset Its byte offset in the file.
   * @throws {ArtifactError} `CORRUPT_LINE`
   */
  parseLine(line: Uint8Array, number: number, offset: number): R {
    const parsed = this.#parseLine(line);
    if (typeof parsed !== "string") return parsed.record;
    throw this.#corrupt(line, number, offset, parsed);
  }

  /** The error for a line of which this is only the beginning. */
  tooLong(line: Uint8Array, number: number, offset: number): ArtifactError {
    return this.#corrupt(line, number, offset, TOO_LONG);
  }

  /** Parses a block quickly; undefined where a line that is wanted is bad. */
  #parseText({ bytes }: LineBlock): ParsedBlock<R> | undefined {
    const { wantsInstance } = this.#options;
    if (mayBeTooComplex(bytes.length)) return undefined;
    const text = decode(bytes);
    if (text === undefined) return undefined;
    // Places in the text are not those in the bytes.
    if (wantsInstance && text.length !== bytes.length) return undefined;
    const found = this.#options.needles?.map((needle) =>
      new Occurrences(text, needle)
    );
    const { isRecord } = this.#options;
    const records: R[] = [];
    let count = 0;
    try {
      for (let start = 0, end = 0; start < text.length; start = end + 1) {
        count++;
        const newline = text.indexOf("\n", start);
        end = newline === -1 ? text.length : newline;
        if (found?.every((occurrences) => occurrences.next(start) >= end)) {
          continue;
        }
        if (
          wantsInstance && !mayBeWanted(bytes, start, end, text, wantsInstance)
        ) continue;
        const record = parseJson(text.slice(start, end));
        if (!isRecord(record)) return undefined;
        if (this.#isWanted(record as R)) records.push(record as R);
      }
    } catch {
      return undefined; // The other way says which line it is.
    }
    this.#line += count;
    return { records };
  }

  /** The way that knows where each line stands, and which of them are bad. */
  #parseLines({ bytes, offset, tooLong }: LineBlock): ParsedBlock<R> {
    const { wantsInstance, onBadLine } = this.#options;
    const records: R[] = [];
    for (let start = 0; start < bytes.length; this.#line++) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? bytes.length : newline;
      const isRead = !wantsInstance ||
        mayBeWanted(bytes, start, end, undefined, wantsInstance);
      const line = bytes.subarray(start, end);
      const place = offset + start;
      start = end + 1;
      if (!isRead) continue;
      const parsed = tooLong ? TOO_LONG : this.#parseLine(line);
      if (typeof parsed !== "string") {
        if (this.#isWanted(parsed.record)) records.push(parsed.record);
        continue;
      }
      const number = this.#line;
      const makeError = () => this.#corrupt(line, number, place, parsed);
      if (!onBadLine) return { records, corrupt: makeError() };
      onBadLine(makeError);
    }
    return { records };
  }

  /** The record of a line, or what is wrong with it. */
  #parseLine(line: Uint8Array): { record: R } | string {
    if (isTooComplex(line)) return TOO_COMPLEX;
    const text = decode(line);
    if (text === "") return "it is empty";
    if (text === undefined) return "it is not UTF-8";
    try {
      const record = parseJson(text);
      return this.#options.isRecord(record)
        ? { record: record as R }
        : "it is not a record of this file";
    } catch {
      return "it is not JSON";
    }
  }

  /** Some lines do not start with their instance id. */
  #isWanted(record: R): boolean {
    const { wantsInstance } = this.#options;
    return !wantsInstance ||
      wantsInstance((record as { instance_id: string }).instance_id);
  }

  #corrupt(
    line: Uint8Array,
    number: number,
    offset: number,
    problem: string,
  ): ArtifactError {
    const { file } = this.#options;
    return new ArtifactError(
      "CORRUPT_LINE",
      `Cannot read line ${number} of "${file}", at byte ${offset}: ${problem}${
        line.length === 0 ? "" : `: it starts with ${shorten(line)}`
      }`,
      { file, line: number, offset },
    );
  }
}

/** Finds a text in another one, from the start to the end. */
class Occurrences {
  readonly #text: string;
  readonly #needle: string;
  #at = -1;

  constructor(text: string, needle: string) {
    this.#text = text;
    this.#needle = needle;
  }

  /** The first place from `from` on; Infinity where there is none. */
  next(from: number): number {
    if (this.#at < from) {
      const at = this.#text.indexOf(this.#needle, from);
      this.#at = at === -1 ? Infinity : at;
    }
    return this.#at;
  }
}

/**
 * Whether a line may be a wanted instance's: not where it begins as the format
 * has it and goes on with another id. Other writers may put the fields in
 * another order or escape a letter: such lines have to be read.
 *
 * @param text The bytes as text, where every letter takes one byte.
 */
function mayBeWanted(
  bytes: Uint8Array,
  start: number,
  end: number,
  text: string | undefined,
  wantsInstance: (instance_id: string) => boolean,
): boolean {
  const from = start + BEGINNING.length;
  for (let i = 0; i < BEGINNING.length; i++) {
    if (bytes[start + i] !== BEGINNING[i]) return true;
  }
  for (let to = from; to < end; to++) {
    if (bytes[to] === BACKSLASH) return true;
    if (bytes[to] !== QUOTE) continue;
    return wantsInstance(
      text?.slice(from, to) ?? lenient.decode(bytes.subarray(from, to)),
    );
  }
  return true;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * Decodes UTF-8; `undefined` where it is not UTF-8. The lenient decoder is ten
 * times as fast on Deno, and marks what is wrong with U+FFFD.
 */
export function decode(bytes: Uint8Array): string | undefined {
  const text = lenient.decode(bytes);
  if (!text.includes("\ufffd")) return text;
  try {
    return strict.decode(bytes);
  } catch {
    return undefined;
  }
}

function shorten(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, 40);
  return JSON.stringify(lenient.decode(shown)) +
    (shown.length < bytes.length ? "…" : "");
}
