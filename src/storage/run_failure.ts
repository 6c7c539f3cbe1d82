/**
 * Holds the first write failure of a run, and notifies listeners.
 *
 * @module
 */
import { ArtifactError, messageOf } from "../errors.ts";

/**
 * The first failed write or sync of a run. It is final: all files of the run
 * share it, and every pending and later append is rejected with it.
 */
export class RunFailure {
  /** The first failure; `undefined` where there is none. */
  error: ArtifactError | undefined;
  readonly #listeners: ((error: ArtifactError) => void)[] = [];

  /** Calls `listener` once, when the run fails. */
  onFail(listener: (error: ArtifactError) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Records a failure, unless there is one already.
   *
   * @returns The first failure.
   */
  fail(file: string, cause: unknown): ArtifactError {
    if (this.error) return this.error;
    this.error = isTaken(cause) ? cause : new ArtifactError(
      "WRITE_FAILED",
      `Cannot write "${file}": ${
        messageOf(cause)
      }: the run accepts no more records; acknowledged ones are kept`,
      { file, cause },
    );
    for (const listener of this.#listeners) listener(this.error);
    return this.error;
  }

  /** Runs an action, and records its failure. */
  async guard<T>(file: string, action: () => T | Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      throw this.fail(file, error);
    }
  }
}

/** A run that is another's now has failed for a reason of its own. */
function isTaken(cause: unknown): cause is ArtifactError {
  return cause instanceof ArtifactError && cause.code === "RUN_TAKEN";
}
