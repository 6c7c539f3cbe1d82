/**
 * Writes lines to a terminal, a pipe or a file.
 *
 * @module
 */
import { messageOf, systemCode } from "../../errors.ts";
import { concealer, withoutCredentials } from "../../json/conceal.ts";
import { CliError, OutputClosed } from "../exit_codes.ts";
import { printableJson } from "../../json/printable.ts";
import { cut, render, type TerminalStyle, wrap } from "./render.ts";
import type { Text } from "./text.ts";

/** An output stream of the process: `stdout` or `stderr` of `node:process`. */
export interface Output {
  /** Whether it is a terminal. */
  isTTY?: boolean;
  /** Number of columns of the terminal. */
  columns?: number;
  /** Returns false where the reader is slow; `"drain"` follows. */
  write(text: string): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}

/** Environment variables. */
export type Environment = Record<string, string | undefined>;

/** Clears the current line of a terminal. */
export const CLEAR_LINE = "\r\x1b[K";

const COLUMNS_DEFAULT = 80;
const BUFFER_LENGTH_MAX = 32 * 1024;

/** Buffers lines and writes them to a stream, no faster than it is read. */
export class Screen {
  /** Whether it is a terminal. */
  readonly isTerminal: boolean;
  /** What the output can show. */
  readonly style: TerminalStyle;
  /** Called before anything is written. */
  onFlush: () => void = () => {};
  readonly #output: Output;
  #buffer = "";
  #failure: Error | undefined;
  #resume = () => {};
  #concealJson: (json: string) => string = (json) => json;

  /** @param noColor Whether `--no-color` was given. */
  constructor(output: Output, env: Environment, noColor: boolean) {
    this.#output = output;
    this.isTerminal = output.isTTY === true;
    this.style = {
      colors: this.isTerminal && !noColor && wantsColors(env),
      // A file or a program gets the same bytes wherever it is.
      unicode: !this.isTerminal || readsUtf8(env),
    };
    output.on("error", (error) => {
      this.#failure = systemCode(error) === "EPIPE"
        ? new OutputClosed("The reader of the output has closed it")
        : new CliError(
          `Cannot write the output: ${messageOf(error)}`,
          "Check where the output is written to",
        );
      this.#resume();
    });
  }

  /** Shows these values no more, nor the passwords of URLs. */
  conceal(values: readonly string[]): void {
    const conceal = concealer(values);
    this.style.conceal = (text) => conceal(withoutCredentials(text));
    this.#concealJson = conceal;
  }

  /** Number of columns; infinite where it is not a terminal. */
  get columns(): number {
    if (!this.isTerminal) return Infinity;
    return this.#output.columns || COLUMNS_DEFAULT;
  }

  /** Adds a line. It is written by the next {@linkcode Screen.flush}, or before. */
  line(text: Text = ""): void {
    this.#buffer += `${render(text, this.style).trimEnd()}\n`;
  }

  /** Adds a line, cut at the width of the terminal. */
  cutLine(text: Text): void {
    this.line(cut(text, this.columns, this.style));
  }

  /** Adds a text, broken between words at the width of the terminal. */
  paragraph(
    text: string,
    style: (line: string) => Text = (line) => line,
  ): void {
    for (const line of wrap(text, this.columns, this.style)) {
      this.line(style(line));
    }
  }

  /** Adds a line of JSON. */
  json(value: unknown): void {
    this.#addJson(printableJson(value, this.style.unicode));
  }

  /** Adds indented JSON. */
  prettyJson(value: unknown): void {
    this.#addJson(printableJson(value, this.style.unicode, 2));
  }

  #addJson(json: string): void {
    this.#buffer += `${this.#concealJson(json)}\n`;
  }

  /** Whether the buffer is full: call {@linkcode Screen.flush}. */
  get isFull(): boolean {
    return this.#buffer.length >= BUFFER_LENGTH_MAX;
  }

  /**
   * Writes the buffered lines, and waits for a slow reader.
   *
   * @throws {OutputClosed} where the reader has closed the output.
   * @throws {CliError} where the stream cannot be written.
   */
  async flush(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const text = this.#buffer;
    this.#buffer = "";
    if (text === "") return;
    this.onFlush();
    if (this.#output.write(text)) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
      this.#output.once("drain", resolve);
    });
    if (this.#failure) throw this.#failure;
  }

  /** Replaces the current line of the terminal. */
  overwrite(text: Text): void {
    const line = render(cut(text, this.columns - 1, this.style), this.style);
    this.#output.write(CLEAR_LINE + line);
  }
}

/** See https://no-color.org; `dumb` terminals have no colors. */
function wantsColors({ NO_COLOR = "", TERM = "" }: Environment): boolean {
  return NO_COLOR === "" && TERM !== "dumb";
}

/** The locale as in POSIX: the first of three variables that is not empty. */
function readsUtf8(env: Environment): boolean {
  if (env.OS === "Windows_NT") return true; // Its console takes UTF-16.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "C";
  return /utf-?8/i.test(locale);
}
