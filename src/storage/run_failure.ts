/**
 * A failed write or sync is final for the whole run: the first cause is kept
 * here, shared by all files of a run, and every pending and later append is
 * rejected with it.
 *
 * @module
 */
import { ArtifactError, messageOf } from "../errors.ts";

/** The first failure of a run, and who has to hear of it. */
export class RunFailure {
  /** The error that every append is rejected with, once there is one. */
  error: ArtifactError | undefined;
  readonly #listeners: ((error: ArtifactError) => void)[] = [];

  /** Calls back once, when the run fails. */
  onFail(listener: (error: ArtifactError) => void): void {
    this.#listeners.push(listener);
  }

  /**
   * Records a failure; only the first counts.
   *
   * @returns The first failure.
   */
  fail(file: string, cause: unknown): ArtifactError {
    if (this.error) return this.error;
    this.error = isTaken(cause) ? cause : new ArtifactError(
      "WRITE_FAILED",
      `Cannot write "${file}": ${
        messageOf(cause)
      }: the run takes no more records; what was acknowledged is kept`,
      { file, cause },
    );
    for (const listener of this.#listeners) listener(this.error);
    return this.error;
  }

  /** Runs an action whose failure is the run's, if it is the first. */
  async guard(file: string, action: () => Promise<unknown>): Promise<void> {
    try {
      await action();
    } catch (error) {
      throw this.fail(file, error);
    }
  }
}

/** A run that is another's now has failed for a reason of its own. */
function isTaken(cause: unknown): cause is ArtifactError {
  return cause instanceof ArtifactError && cause.code === "RUN_TAKEN";
}
