/**
 * Runs a command line and returns its exit code.
 *
 * @module
 */
import { VERSION } from "../../mod.ts";
import { messageOf } from "../errors.ts";
import { adviceFor } from "./advice.ts";
import { Arguments } from "./arguments.ts";
import type { Command } from "./command.ts";
import { brief } from "./commands/brief.ts";
import { check } from "./commands/check.ts";
import { compare } from "./commands/compare.ts";
import { completionsCommand } from "./commands/completions.ts";
import { diff } from "./commands/diff.ts";
import { exportCommand } from "./commands/export.ts";
import { failures } from "./commands/failures.ts";
import { follow } from "./commands/follow.ts";
import { history } from "./commands/history.ts";
import { instance } from "./commands/instance.ts";
import { links } from "./commands/links.ts";
import { list } from "./commands/list.ts";
import { assertions, instances, steps } from "./commands/records.ts";
import { merge } from "./commands/merge.ts";
import { recover } from "./commands/recover.ts";
import { replay } from "./commands/replay.ts";
import { report as reportCommand } from "./commands/report.ts";
import { schema } from "./commands/schema.ts";
import { search } from "./commands/search.ts";
import { show } from "./commands/show.ts";
import { verify } from "./commands/verify.ts";
import { EXIT, exitCodeOf, OutputClosed, UsageError } from "./exit_codes.ts";
import { helpOn, overview } from "./help.ts";
import { didYouMean } from "./suggest.ts";
import { Progress } from "./terminal/progress.ts";
import { widthOf } from "./terminal/render.ts";
import { type Environment, type Output, Screen } from "./terminal/screen.ts";
import { dim, red } from "./terminal/text.ts";

/** The commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  list,
  show,
  failures,
  brief,
  instance,
  diff,
  instances,
  steps,
  assertions,
  search,
  reportCommand,
  follow,
  check,
  compare,
  history,
  links,
  replay,
  exportCommand,
  merge,
  verify,
  recover,
  schema,
  completionsCommand(() => COMMANDS),
];

/** Streams and environment of the process. */
export interface ProcessIo {
  /** For results. */
  stdout: Output;
  /** For errors and progress. */
  stderr: Output;
  /** Environment variables. */
  env: Environment;
}

/** Runs a command, reports its error, and returns the exit code. */
export async function runCli(
  args: readonly string[],
  { stdout, stderr, env }: ProcessIo,
): Promise<number> {
  const noColor = args.includes("--no-color");
  const out = new Screen(stdout, env, noColor);
  const err = new Screen(stderr, env, noColor);
  const progress = new Progress(err);
  // Output must not be written over the progress line.
  out.onFlush = err.onFlush = () => progress.clear();
  try {
    const code = await dispatch(
      args,
      out,
      (command, parsed) =>
        command.run(parsed, {
          out,
          err,
          progress,
          dir: parsed.text("dir") ?? "runs",
          env,
        }),
    );
    await out.flush();
    return code;
  } catch (error) {
    if (!(error instanceof OutputClosed)) {
      await report(error, args.includes("--debug"), out, err);
    }
    return exitCodeOf(error);
  }
}

async function dispatch(
  args: readonly string[],
  out: Screen,
  run: (command: Command, parsed: Arguments) => Promise<number>,
): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--version") {
    out.line(VERSION);
    return EXIT.good;
  }
  if (name === undefined || ["help", "--help", "-h"].includes(name)) {
    const [topic] = rest;
    for (const line of topic ? helpOn(commandOf(topic)) : overview(COMMANDS)) {
      out.line(line);
    }
    return name === undefined ? EXIT.wrongUsage : EXIT.good;
  }
  const command = commandOf(name);
  const parsed = new Arguments(command, rest);
  if (!parsed.flag("help")) return await run(command, parsed);
  for (const line of helpOn(command)) out.line(line);
  return EXIT.good;
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command) return command;
  throw new UsageError(
    name.startsWith("-")
      ? `Cannot use ${name} before the command`
      : `Cannot find the command "${name}"`,
    didYouMean(
      name,
      COMMANDS.map(({ name }) => name),
      'Run "wta help" to list the commands',
    ),
  );
}

/** Reports an error: what is wrong, then what to do about it. */
async function report(
  error: unknown,
  debug: boolean,
  out: Screen,
  err: Screen,
): Promise<void> {
  // The output before the error comes first; its own error is not reported.
  await out.flush().catch(() => {});
  err.paragraph(messageOf(error), red);
  if (error instanceof UsageError && error.place) {
    const { text, offset } = error.place;
    const indent = " ".repeat(widthOf(text.slice(0, offset), err.style));
    err.line(`  ${text}`);
    err.line(red(`  ${indent}^`));
  }
  err.paragraph(adviceFor(error));
  if (debug && error instanceof Error) {
    for (const line of stackOf(error)) err.line(dim(line));
  }
  await err.flush().catch(() => {}); // There is nowhere to report it.
}

function stackOf(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n");
  return error.cause instanceof Error
    ? [...lines, `Caused by ${error.cause.message}`, ...stackOf(error.cause)]
    : lines;
}
