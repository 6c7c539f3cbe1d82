/**
 * Parses and checks the arguments of a command.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "./exit_codes.ts";
import { didYouMean } from "./suggest.ts";

/** An option of a command. */
export interface Option {
  /** Name of its value in the help; an option without one is a switch. */
  value?: string;
  /** What it does, in one line. */
  about: string;
}

/** The arguments that a command takes. */
export interface Signature {
  /** Name of the command. */
  name: string;
  /**
   * Required arguments such as `"<run>"`, then optional ones such as `"[dir]"`.
   * The last one may be repeated where it ends with `…`.
   */
  positionals: readonly string[];
  /** Its options by name. */
  options: Readonly<Record<string, Option>>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  dir: { value: "path", about: "directory of the runs (default: runs)" },
  "no-color": { about: "no colors, as with NO_COLOR" },
  debug: { about: "show the stack of errors" },
  help: { about: "show help on the command" },
};

/** The arguments of one call of a command. */
export class Arguments {
  readonly #texts = new Map<string, string[]>();
  readonly #flags = new Set<string>();
  readonly #positionals: string[] = [];

  /**
   * Parses arguments.
   *
   * @throws {UsageError} where the command does not take them.
   */
  constructor(signature: Signature, args: readonly string[]) {
    const options = { ...COMMON_OPTIONS, ...signature.options };
    const help = `Run "wta help ${signature.name}" to list its options`;
    const { tokens } = parseArgs({
      args: [...args],
      strict: false, // The messages of the runtimes differ.
      tokens: true,
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(options).map(([name, { value }]) => [
          name,
          {
            type: value ? "string" as const : "boolean" as const,
            ...(name === "help" ? { short: "h" } : {}),
          },
        ]),
      ),
    });
    for (const token of tokens) {
      if (token.kind === "positional") this.#positionals.push(token.value);
      if (token.kind !== "option") continue;
      const { name, rawName, value, inlineValue } = token;
      const option = Object.hasOwn(options, name) ? options[name] : undefined;
      if (!option) {
        const known = Object.keys(options).map((known) => `--${known}`);
        throw new UsageError(
          `Cannot use ${rawName}: "wta ${signature.name}" has no such option`,
          didYouMean(rawName, known, help),
        );
      }
      if (!option.value) {
        if (value !== undefined) {
          throw new UsageError(`Cannot use ${rawName} with a value`, help);
        }
        this.#flags.add(name);
      } else if (!value || (!inlineValue && value.startsWith("-"))) {
        throw new UsageError(
          `Cannot use ${rawName} without its <${option.value}>`,
          help,
        );
      } else {
        this.#texts.set(name, [...this.texts(name), value]);
      }
    }
    if (!this.flag("help")) this.#checkPositionals(signature, help);
  }

  #checkPositionals({ name, positionals }: Signature, help: string): void {
    const needed = positionals.filter((word) => word.startsWith("<"));
    const missing = needed[this.#positionals.length];
    if (missing !== undefined) {
      throw new UsageError(
        `Cannot run "wta ${name}" without ${missing}`,
        help,
      );
    }
    if (positionals.at(-1)?.endsWith("…")) return;
    const extra = this.#positionals[positionals.length];
    if (extra !== undefined) {
      throw new UsageError(
        `Cannot run "wta ${name}" with "${extra}": it takes ${
          positionals.length === 0 ? "nothing" : positionals.join(" ")
        }`,
        help,
      );
    }
  }

  /** The value of a required argument. */
  positional(place: number): string {
    return this.#positionals[place]!;
  }

  /** The values of all arguments: of a command that takes any number. */
  get positionals(): readonly string[] {
    return this.#positionals;
  }

  /** The value of an optional argument. */
  optional(place: number): string | undefined {
    return this.#positionals[place];
  }

  /** Whether a switch was given. */
  flag(name: string): boolean {
    return this.#flags.has(name);
  }

  /** The value of an option; the last one where it was repeated. */
  text(name: string): string | undefined {
    return this.texts(name).at(-1);
  }

  /** The values of an option that may be repeated. */
  texts(name: string): readonly string[] {
    return this.#texts.get(name) ?? [];
  }

  /** The values of an option that may be repeated, or separated by commas. */
  choices<T extends string>(name: string, known: readonly T[]): T[] {
    const texts = this.texts(name).flatMap((text) => text.split(","));
    return texts.map((text) => choice(`--${name}`, text, known));
  }

  /** The value of an option, one of `known`. */
  choice<T extends string>(name: string, known: readonly T[]): T | undefined {
    return this.#convert(name, (text) => choice(`--${name}`, text, known));
  }

  /** The value of an option that is `true` or `false`. */
  boolean(name: string): boolean | undefined {
    const text = this.choice(name, ["true", "false"]);
    return text === undefined ? undefined : text === "true";
  }

  /** The value of an option that has a form, such as `example`. */
  formed(name: string, form: RegExp, example: string): string | undefined {
    return this.#convert(name, (text) => {
      if (form.test(text)) return text;
      throw new UsageError(
        `Cannot use --${name} "${text}": it is not of the form ${example}`,
        `For example: --${name} ${example.split(" ")[0]}`,
      );
    });
  }

  /** The value of an option that is an integer of at least `min`. */
  count(name: string, min: number): number | undefined {
    return this.#convert(name, (text) => {
      const number = Number(text);
      if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= min) {
        return number;
      }
      throw new UsageError(
        `Cannot use --${name} "${text}": expected an integer of at least ${min}`,
        `For example: --${name} ${Math.max(min, 10)}`,
      );
    });
  }

  /** The value of an option that is a time in UTC, with or without the time of day. */
  time(name: string): string | undefined {
    return this.#convert(name, (text) => {
      const dateTime = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text;
      const date = new Date(/[zZ]$/.test(dateTime) ? dateTime : `${dateTime}Z`);
      const format = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?[zZ]?$/;
      if (format.test(dateTime) && !Number.isNaN(date.getTime())) {
        return date.toISOString();
      }
      throw new UsageError(
        `Cannot use --${name} "${text}": it is not a time`,
        `Give it in UTC: --${name} 2024-01-15T10:30`,
      );
    });
  }

  #convert<T>(name: string, convert: (text: string) => T): T | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : convert(text);
  }
}

function choice<T extends string>(
  option: string,
  text: string,
  known: readonly T[],
): T {
  const found = known.find((value) => value === text);
  if (found !== undefined) return found;
  throw new UsageError(
    `Cannot use ${option} "${text}": expected one of ${known.join(", ")}`,
    didYouMean(text, known, `For example: ${option} ${known[0]}`),
  );
}
