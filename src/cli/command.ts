/**
 * The interface of a command, and its context.
 *
 * @module
 */
import type { Arguments, Signature } from "./arguments.ts";
import type { Progress } from "./terminal/progress.ts";
import type { Environment, Screen } from "./terminal/screen.ts";

/** A command of `wta`. */
export interface Command extends Signature {
  /** What it does, in one line. */
  about: string;
  /** More help, where one line is not enough. */
  details?: string;
  /** Command lines, as one may type them; the tests run them. */
  examples: readonly string[];
  /** Runs the command and returns the exit code. */
  run(args: Arguments, context: Context): Promise<number>;
}

/** What a command works with. */
export interface Context {
  /** For results: stdout. */
  out: Screen;
  /** For warnings: stderr. */
  err: Screen;
  /** Shows the progress of long work on stderr. */
  progress: Progress;
  /** Directory of the runs. */
  dir: string;
  /** Environment variables. */
  env: Environment;
}
