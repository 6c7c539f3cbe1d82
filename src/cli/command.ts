/**
 * What a command is, and what it is given.
 *
 * @module
 */
import type { Arguments, Signature } from "./arguments.ts";
import type { Progress } from "./terminal/progress.ts";
import type { Environment, Screen } from "./terminal/screen.ts";

/** A command of `wta`. */
export interface Command extends Signature {
  /** What it is for: one line. */
  about: string;
  /** More on it, where a line is not enough. */
  details?: string;
  /** Does it, and gives the exit code. */
  run(args: Arguments, context: Context): Promise<number>;
}

/** Where a command works. */
export interface Context {
  /** For what was asked for: stdout. */
  out: Screen;
  /** For how it goes: stderr. */
  err: Screen;
  /** How far long work has come, on stderr. */
  progress: Progress;
  /** Directory of the runs. */
  dir: string;
  /** Settings of the shell. */
  env: Environment;
}
