/**
 * Lists what could not be read of a run.
 *
 * @module
 */
import type { ArtifactError } from "../errors.ts";

/** A run may have a million bad lines: this many are listed. */
const LISTED_MAX = 1_000;

/** Damaged places, each once. */
export class DamageList {
  readonly #messages = new Set<string>();
  #isMore = false;

  /** Adds a place, unless it was added before. */
  add({ message }: ArtifactError): void {
    if (this.#messages.size < LISTED_MAX) this.#messages.add(message);
    else if (!this.#messages.has(message)) this.#isMore = true;
  }

  /** Whether nothing was added. */
  get isEmpty(): boolean {
    return this.#messages.size === 0;
  }

  /** What was added. */
  list(): string[] {
    return [
      ...this.#messages,
      ...(this.#isMore
        ? [
          `There are more than these ${LISTED_MAX}: wta verify counts them all`,
        ]
        : []),
    ];
  }
}
