/**
 * The arguments of a command, checked.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { UsageError } from "./exit_codes.ts";
import { didYouMean } from "./suggest.ts";

/** An option of a command. */
export interface Option {
  /** What its value is called in the help; without one it is a switch. */
  value?: string;
  /** What it does: one line. */
  about: string;
}

/** What a command takes. */
export interface Signature {
  /** Its name. */
  name: string;
  /** What it needs, such as `"<run>"`, and may have, such as `"[dir]"`. */
  positionals: readonly string[];
  /** Its options by name. */
  options: Readonly<Record<string, Option>>;
}

/** Options that every command takes. */
export const COMMON_OPTIONS: Readonly<Record<string, Option>> = {
  dir: { value: "path", about: "where the runs are (default: runs)" },
  "no-color": { about: "no colours, as with NO_COLOR" },
  debug: { about: "errors with their stack" },
  help: { about: "help on the command" },
};

/** What was given to a command. */
export class Arguments {
  readonly #texts = new Map<string, string[]>();
  readonly #flags = new Set<string>();
  readonly #positionals: string[] = [];

  /**
   * Reads what was given.
   *
   * @throws {UsageError} where it is not what the command takes.
   */
  constructor(signature: Signature, args: readonly string[]) {
    const options = { ...COMMON_OPTIONS, ...signature.options };
    const help = `Run "wta help ${signature.name}" to see its options`;
    const { tokens } = parseArgs({
      args: [...args],
      strict: false, // Each runtime words its errors in its own way.
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

  /** What was given at a place that is needed. */
  positional(place: number): string {
    return this.#positionals[place]!;
  }

  /** What was given at a place that may be left out. */
  optional(place: number): string | undefined {
    return this.#positionals[place];
  }

  /** Whether a switch was given. */
  flag(name: string): boolean {
    return this.#flags.has(name);
  }

  /** The value of an option; the last one, where it was given twice. */
  text(name: string): string | undefined {
    return this.texts(name).at(-1);
  }

  /** The values of an option that may be given several times. */
  texts(name: string): readonly string[] {
    return this.#texts.get(name) ?? [];
  }

  /** The values of an option that may be given several times, or with commas. */
  choices<T extends string>(name: string, known: readonly T[]): T[] {
    const given = this.texts(name).flatMap((text) => text.split(","));
    return given.map((text) => choice(`--${name}`, text, known));
  }

  /** A value out of a few. */
  choice<T extends string>(name: string, known: readonly T[]): T | undefined {
    return this.#convert(name, (text) => choice(`--${name}`, text, known));
  }

  /** `true` or `false`. */
  boolean(name: string): boolean | undefined {
    const text = this.choice(name, ["true", "false"]);
    return text === undefined ? undefined : text === "true";
  }

  /** A whole number from `min` on. */
  count(name: string, min: number): number | undefined {
    return this.#convert(name, (text) => {
      const number = Number(text);
      if (/^\d+$/.test(text) && Number.isSafeInteger(number) && number >= min) {
        return number;
      }
      throw new UsageError(
        `Cannot use --${name} "${text}": it is no whole number from ${min} on`,
        `Give it as --${name} ${Math.max(min, 10)}`,
      );
    });
  }

  /** A time in UTC, in the form of the format; its end may be left out. */
  time(name: string): string | undefined {
    return this.#convert(name, (text) => {
      const whole = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text;
      const date = new Date(/[zZ]$/.test(whole) ? whole : `${whole}Z`);
      const known = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?[zZ]?$/;
      if (known.test(whole) && !Number.isNaN(date.getTime())) {
        return date.toISOString();
      }
      throw new UsageError(
        `Cannot use --${name} "${text}": it is no time`,
        `Give it in UTC, as --${name} 2024-01-15T10:30`,
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
    `Cannot use ${option} "${text}": it is none of ${known.join(", ")}`,
    didYouMean(text, known, `Give it as ${option} ${known[0]}`),
  );
}
