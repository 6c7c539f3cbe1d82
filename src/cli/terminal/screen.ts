/**
 * Where the command line writes to: a terminal, a pipe or a file.
 *
 * @module
 */
import { messageOf, systemCode } from "../../errors.ts";
import { CliError, OutputClosed } from "../exit_codes.ts";
import { printableJson } from "./printable.ts";
import { cut, render, type TerminalStyle, wrap } from "./render.ts";
import type { Text } from "./text.ts";

/** A stream of the process: what `node:process` has as `stdout` and `stderr`. */
export interface Output {
  /** Whether a person sees it. */
  isTTY?: boolean;
  /** How many columns the terminal has. */
  columns?: number;
  /** False where the reader is slow: `"drain"` tells when to go on. */
  write(text: string): boolean;
  on(event: "error", listener: (error: Error) => void): unknown;
  once(event: "drain", listener: () => void): unknown;
}

/** Settings of a person's shell. */
export type Environment = Record<string, string | undefined>;

/** Takes away what stands on the present line of a terminal. */
export const CLEAR_LINE = "\r\x1b[K";

const COLUMNS_DEFAULT = 80;
const BUFFER_LENGTH_MAX = 32 * 1024;

/** Writes lines to a stream, no faster than it is read. */
export class Screen {
  /** Whether a person sees it. */
  readonly isTerminal: boolean;
  /** What it can show. */
  readonly style: TerminalStyle;
  /** Called before anything is written. */
  onFlush: () => void = () => {};
  readonly #output: Output;
  #buffer = "";
  #failure: Error | undefined;
  #resume = () => {};

  /** @param noColor Whether colours were refused on the command line. */
  constructor(output: Output, env: Environment, noColor: boolean) {
    this.#output = output;
    this.isTerminal = output.isTTY === true;
    this.style = {
      colours: this.isTerminal && !noColor && wantsColours(env),
      // A file or a program gets the same bytes wherever it is.
      unicode: !this.isTerminal || readsUtf8(env),
    };
    output.on("error", (error) => {
      this.#failure = systemCode(error) === "EPIPE"
        ? new OutputClosed("The reader of the output has gone")
        : new CliError(
          `Cannot write the output: ${messageOf(error)}`,
          "Look at where the output goes",
        );
      this.#resume();
    });
  }

  /** Columns of the terminal; without one nothing needs to be cut. */
  get columns(): number {
    if (!this.isTerminal) return Infinity;
    return this.#output.columns || COLUMNS_DEFAULT;
  }

  /** Adds a line. It is written by the next {@linkcode Screen.flush}, or before. */
  line(text: Text = ""): void {
    this.#buffer += `${render(text, this.style).trimEnd()}\n`;
  }

  /** Adds a line that is cut where the terminal ends. */
  cutLine(text: Text): void {
    this.line(cut(text, this.columns, this.style));
  }

  /** Adds a text, broken between words where the terminal ends. */
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
    this.#buffer += `${printableJson(value, this.style.unicode)}\n`;
  }

  /** Adds JSON in lines. */
  prettyJson(value: unknown): void {
    this.#buffer += `${printableJson(value, this.style.unicode, 2)}\n`;
  }

  /** Whether so much has gathered that it is time for {@linkcode Screen.flush}. */
  get isFull(): boolean {
    return this.#buffer.length >= BUFFER_LENGTH_MAX;
  }

  /**
   * Writes what has gathered, and waits for a slow reader.
   *
   * @throws {OutputClosed} where there is no reader any more.
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

  /** Writes over the present line of the terminal, without going on to the next. */
  overwrite(text: Text): void {
    const line = render(cut(text, this.columns - 1, this.style), this.style);
    this.#output.write(CLEAR_LINE + line);
  }
}

/** https://no-color.org, and terminals that know no colours. */
function wantsColours({ NO_COLOR = "", TERM = "" }: Environment): boolean {
  return NO_COLOR === "" && TERM !== "dumb";
}

/** The locale as POSIX has it: the first of three that is set and not empty. */
function readsUtf8(env: Environment): boolean {
  if (env.OS === "Windows_NT") return true; // Its console is given UTF-16.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "C";
  return /utf-?8/i.test(locale);
}
