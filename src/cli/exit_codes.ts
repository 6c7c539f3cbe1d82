/**
 * What the command line ends with: the one owner of exit codes.
 *
 * @module
 */
import { ArtifactError, type ArtifactErrorCode } from "../errors.ts";

/** Exit codes of `wta`, as its help and the README list them. */
export const EXIT = {
  /** It was done, and what was checked holds. */
  good: 0,
  /** What was checked does not hold. */
  checkFailed: 1,
  /** The command line cannot be understood. */
  wrongUsage: 2,
  /** Something could not be read or done. */
  failed: 3,
  /** Ended by Ctrl-C: 128 and the number of the signal. */
  interrupted: 130,
} as const;

/** An error of the command line itself, with what to do about it. */
export class CliError extends Error {
  override readonly name: string = "CliError";
  /** What to do next: one line. */
  readonly advice: string;
  /** What the process ends with. */
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

/** The command line cannot be understood. */
export class UsageError extends CliError {
  override readonly name = "UsageError";

  constructor(message: string, advice: string) {
    super(message, advice, EXIT.wrongUsage);
  }
}

/** The reader of the output has gone, as `| head` does: no error. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
}

/** What an error ends the process with. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof OutputClosed) return EXIT.good;
  const wrong: ArtifactErrorCode[] = ["INVALID_OPTION", "UNSAFE_NAME"];
  return error instanceof ArtifactError && wrong.includes(error.code)
    ? EXIT.wrongUsage
    : EXIT.failed;
}
