/**
 * Help, made from what the commands say of themselves.
 *
 * @module
 */
import { COMMON_OPTIONS, type Option } from "./arguments.ts";
import type { Command } from "./command.ts";
import { bold, type Text } from "./terminal/text.ts";

/** What there is. */
export function overview(commands: readonly Command[]): Text[] {
  const rows = commands.map((
    command,
  ): [string, string] => [usageOf(command), command.about]);
  return [
    "Usage: wta <command> [options]",
    "",
    "Looks at recorded runs: from a failed run to its cause.",
    "",
    bold("Commands"),
    ...aligned(rows),
    "",
    'A <run> is a path, an id in the directory of the runs, or "latest".',
    "A step is numbered by its step_index: from 0.",
    '"wta help <command>" tells more, "wta --version" which version this is.',
    "",
    bold("Options of every command"),
    ...optionRows(COMMON_OPTIONS),
    "",
    bold("Exit codes"),
    ...aligned([
      ["0", "good"],
      [
        "1",
        "what was checked does not hold (--fail-on, verify, compare, replay)",
      ],
      ["2", "wrong usage"],
      ["3", "something could not be read or done"],
      ["130", "ended by Ctrl-C"],
    ]),
  ];
}

/** What a command does. */
export function helpOn(command: Command): Text[] {
  const { about, details, options } = command;
  return [
    `Usage: wta ${usageOf(command)} [options]`,
    "",
    `${about}.`,
    ...(details === undefined ? [] : ["", ...details.trim().split("\n")]),
    ...(Object.keys(options).length === 0
      ? []
      : ["", bold("Options"), ...optionRows(options)]),
    "",
    bold("Options of every command"),
    ...optionRows(COMMON_OPTIONS),
  ];
}

function usageOf({ name, positionals }: Command): string {
  return [name, ...positionals].join(" ");
}

function optionRows(options: Readonly<Record<string, Option>>): Text[] {
  return aligned(
    Object.entries(options).map(([name, { value, about }]) => [
      `--${name}${value ? ` <${value}>` : ""}`,
      about,
    ]),
  );
}

function aligned(rows: [left: string, right: string][]): Text[] {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`);
}
