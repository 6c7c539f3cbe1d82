/**
 * Lines become records: the one owner of what is a bad line.
 *
 * @module
 */
import * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import { parseJson } from "../json/value.ts";
import { LINE_BYTES_MAX, type LineBlock } from "../storage/line_reader.ts";

const NEWLINE = 10;
const BACKSLASH = 92;

/** How every line of the format begins, up to the id. */
const BEGINNING = '{"instance_id":"';

/** How lines are read. */
export interface ReadLinesOptions {
  /**
   * Takes the error (`CORRUPT_LINE`) of each bad line, to count or to keep; the
   * line is left out, and reading goes on. Default: the first one is raised.
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
   * The instance whose lines are wanted. Others are told by their first bytes
   * and passed over unread, whatever stands in them.
   */
  instance_id?: string | undefined;
  /**
   * Is told of each bad line, which is left out. Default: the first one is
   * raised. An error costs more than a line, and there may be millions of them:
   * it is made for who asks.
   */
  onBadLine?: ((describe: () => ArtifactError) => void) | undefined;
}

/** Gives the errors of bad lines to who wants them. */
export function badLines(
  { onCorruptLine }: ReadLinesOptions,
): Pick<LineParserOptions, "onBadLine"> {
  if (!onCorruptLine) return {};
  return { onBadLine: (describe) => onCorruptLine(describe()) };
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
  /** How the lines of the wanted instance begin, if one is wanted. */
  readonly #wanted: Uint8Array | undefined;
  /** Number of the next line, from 1. */
  #line = 1;

  /** Makes a parser that begins with the first line of its file. */
  constructor(options: LineParserOptions) {
    this.#options = options;
    this.#wanted = beginningOf(options.instance_id);
  }

  /** Parses the next block of the file. */
  parse(block: LineBlock): ParsedBlock<R> {
    const byLines = block.tooLong || this.#wanted;
    return (byLines ? undefined : this.#parseText(block)) ??
      this.#parseLines(block, this.#wanted);
  }

  /** The quick way through a block where every line is good. */
  #parseText(block: LineBlock): ParsedBlock<R> | undefined {
    const { isRecord } = this.#options;
    const text = decode(block.bytes);
    if (text === undefined) return undefined;
    const lines = text.split("\n");
    lines.pop();
    const records: R[] = [];
    try {
      for (const line of lines) {
        const record = parseJson(line);
        if (!isRecord(record)) return undefined;
        records.push(record as R);
      }
    } catch {
      return undefined;
    }
    this.#line += lines.length;
    return { records };
  }

  /** The way that knows where each line stands, and needs not read them all. */
  #parseLines(block: LineBlock, wanted?: Uint8Array): ParsedBlock<R> {
    const { bytes, offset } = block;
    const records: R[] = [];
    for (let start = 0; start < bytes.length;) {
      const newline = bytes.indexOf(NEWLINE, start);
      const end = newline === -1 ? bytes.length : newline;
      if (!wanted || mayBeOf(bytes, start, wanted)) {
        const line = bytes.subarray(start, end);
        const parsed = block.tooLong
          ? `it is longer than ${LINE_BYTES_MAX} bytes`
          : this.#parseLine(line);
        if (typeof parsed !== "string") records.push(parsed.record);
        else {
          const place = offset + start;
          const describe = () => this.#corrupt(line, place, parsed);
          const { onBadLine } = this.#options;
          if (!onBadLine) return { records, corrupt: describe() };
          onBadLine(describe);
        }
      }
      this.#line++;
      start = end + 1;
    }
    return { records };
  }

  /** The record of a line, or what is wrong with it. */
  #parseLine(bytes: Uint8Array): { record: R } | string {
    if (bytes.length === 0) return "it is empty";
    const text = decode(bytes);
    if (text === undefined) return "it is not UTF-8";
    try {
      const record = parseJson(text);
      return this.#options.isRecord(record)
        ? { record: record as R }
        : "it is no such record";
    } catch {
      return "it is not JSON";
    }
  }

  #corrupt(line: Uint8Array, offset: number, problem: string): ArtifactError {
    const { file } = this.#options;
    return new ArtifactError(
      "CORRUPT_LINE",
      `Cannot read line ${this.#line} of "${file}", at byte ${offset}: ${problem}${
        line.length === 0 ? "" : `: it starts with ${shorten(line)}`
      }`,
      { file, line: this.#line, offset },
    );
  }
}

/**
 * How the lines of an instance begin; `undefined` where they could begin in more
 * than one way, and all are to be read.
 */
function beginningOf(instance_id: string | undefined): Uint8Array | undefined {
  if (instance_id === undefined) return undefined;
  const text = JSON.stringify(instance_id);
  if (text.includes("\\")) return undefined;
  return new TextEncoder().encode(BEGINNING + text.slice(1));
}

/**
 * Whether a line may be the wanted instance's: not where it begins as the format
 * has it and goes on with another id. Other writers may put the fields in
 * another order or escape a letter: such lines have to be read.
 */
function mayBeOf(
  bytes: Uint8Array,
  start: number,
  wanted: Uint8Array,
): boolean {
  let same = 0;
  while (same < wanted.length && bytes[start + same] === wanted[same]) same++;
  return same === wanted.length || same < BEGINNING.length ||
    bytes[start + same] === BACKSLASH;
}

const lenient = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });

/**
 * Decodes UTF-8; `undefined` where it is none. The lenient decoder is ten times
 * as fast on Deno, and puts a mark where something was wrong.
 */
function decode(bytes: Uint8Array): string | undefined {
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
