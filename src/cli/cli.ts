/**
 * The command line as a function: arguments in, exit code out.
 *
 * @module
 */
import { messageOf } from "../errors.ts";
import { VERSION } from "../format/version.ts";
import { adviceFor } from "./advice.ts";
import { Arguments } from "./arguments.ts";
import { COMMANDS } from "./commands.ts";
import type { Command } from "./command.ts";
import { EXIT, exitCodeOf, OutputClosed, UsageError } from "./exit_codes.ts";
import { helpOn, overview } from "./help.ts";
import { didYouMean } from "./suggest.ts";
import { Progress } from "./terminal/progress.ts";
import { type Environment, type Output, Screen } from "./terminal/screen.ts";
import { dim, red } from "./terminal/text.ts";

/** The process around the command line. */
export interface ProcessIo {
  /** For what was asked for. */
  stdout: Output;
  /** For errors and progress. */
  stderr: Output;
  /** Settings of the shell. */
  env: Environment;
}

/** Does what the arguments say, and tells what to exit with. */
export async function runCli(
  args: readonly string[],
  { stdout, stderr, env }: ProcessIo,
): Promise<number> {
  const noColor = args.includes("--no-color");
  const out = new Screen(stdout, env, noColor);
  const err = new Screen(stderr, env, noColor);
  const progress = new Progress(err);
  // Nothing is written over the line of the progress.
  out.onFlush = err.onFlush = () => progress.clear();
  try {
    const code = await dispatch(
      args,
      out,
      (command, given) =>
        command.run(given, {
          out,
          err,
          progress,
          dir: given.text("dir") ?? "runs",
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
  run: (command: Command, given: Arguments) => Promise<number>,
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
  const given = new Arguments(command, rest);
  if (!given.flag("help")) return await run(command, given);
  for (const line of helpOn(command)) out.line(line);
  return EXIT.good;
}

function commandOf(name: string): Command {
  const command = COMMANDS.find((command) => command.name === name);
  if (command) return command;
  throw new UsageError(
    name.startsWith("-")
      ? `Cannot use ${name} before the name of a command`
      : `Cannot find the command "${name}"`,
    didYouMean(
      name,
      COMMANDS.map(({ name }) => name),
      'Run "wta help" to see what there is',
    ),
  );
}

/** What is wrong, and what to do next: a line each. */
async function report(
  error: unknown,
  debug: boolean,
  out: Screen,
  err: Screen,
): Promise<void> {
  // What came out before the error goes first.
  await out.flush().catch(() => {});
  err.paragraph(messageOf(error), red);
  err.paragraph(adviceFor(error));
  if (debug && error instanceof Error) {
    for (const line of stackOf(error)) err.line(dim(line));
  }
  await err.flush().catch(() => {}); // Nobody is there to be told.
}

function stackOf(error: Error): string[] {
  const lines = (error.stack ?? "").split("\n");
  return error.cause instanceof Error
    ? [...lines, `Caused by ${error.cause.message}`, ...stackOf(error.cause)]
    : lines;
}
