/**
 * Makes the help from the descriptions of the commands.
 *
 * @module
 */
import { COMMON_OPTIONS, type Option } from "./arguments.ts";
import type { Command } from "./command.ts";
import { bold, type Text } from "./terminal/text.ts";

/** The help on all commands. */
export function overview(commands: readonly Command[]): Text[] {
  const rows = commands.map((
    command,
  ): [string, string] => [usageOf(command), command.about]);
  return [
    "Usage: wta <command> [options]",
    "",
    "Inspects recorded runs, and finds the cause of a failure.",
    "",
    bold("Commands"),
    ...aligned(rows),
    "",
    'A <run> is a path, an id in the directory of the runs, or "latest".',
    "Steps are numbered by step_index, from 0.",
    '"wta help <command>" shows more, "wta --version" the version.',
    "",
    bold("Options of every command"),
    ...optionRows(COMMON_OPTIONS),
    "",
    bold("Exit codes"),
    ...aligned([
      ["0", "success"],
      [
        "1",
        "a check failed (--fail-on, check, verify, compare, replay)",
      ],
      ["2", "wrong arguments"],
      ["3", "the command failed"],
      ["130", "stopped by Ctrl-C"],
    ]),
  ];
}

/** The help on one command. */
export function helpOn(command: Command): Text[] {
  const { about, details, options, examples } = command;
  return [
    `Usage: wta ${usageOf(command)} [options]`,
    "",
    `${about}.`,
    ...(details === undefined ? [] : ["", ...details.trim().split("\n")]),
    ...(Object.keys(options).length === 0
      ? []
      : ["", bold("Options"), ...optionRows(options)]),
    "",
    bold("Examples"),
    ...examples.map((line) => `  ${line}`),
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
