/**
 * Exit codes, and the errors of the command line.
 *
 * @module
 */
import { ArtifactError, type ArtifactErrorCode } from "../errors.ts";

/** Exit codes of `wta`; the help lists them too. */
export const EXIT = {
  /** The command succeeded, and what it checked holds. */
  good: 0,
  /** A check failed: `--fail-on`, `check`, `verify`, `compare`, `replay`. */
  checkFailed: 1,
  /** The arguments are wrong. */
  wrongUsage: 2,
  /** The command failed: something could not be read or written. */
  failed: 3,
  /** Stopped by Ctrl-C: 128 plus the number of the signal. */
  interrupted: 130,
} as const;

/** An error of the command line itself, with advice. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  /** What to do about it, in one line. */
  readonly advice: string;
  /** Exit code of the process. */
  readonly exitCode: number;

  constructor(
    message: string,
    advice: string,
    exitCode: number = EXIT.failed,
  ) {
    super(message);
    this.advice = advice;
    this.exitCode = exitCode;
  }
}

/** A place in a text that was given. */
export interface WrongPlace {
  text: string;
  /** The character, from 0. */
  offset: number;
}

/** The arguments are wrong. */
export class UsageError extends CliError {
  override readonly name = "UsageError";
  /** Where a text that was given is wrong. */
  readonly place: WrongPlace | undefined;

  constructor(message: string, advice: string, place?: WrongPlace) {
    super(message, advice, EXIT.wrongUsage);
    this.place = place;
  }
}

/** The reader of the output has closed it, as `| head` does. Not a failure. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** Returns the exit code for an error. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof OutputClosed) return EXIT.good;
  const usageCodes: ArtifactErrorCode[] = ["INVALID_OPTION", "UNSAFE_NAME"];
  return error instanceof ArtifactError && usageCodes.includes(error.code)
    ? EXIT.wrongUsage
    : EXIT.failed;
}
