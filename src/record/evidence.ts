/**
 * What an instance has shown so far, and the verdict that follows from it.
 *
 * @module
 */

/**
 * Nothing passes by accident: a failed assertion counts from the moment it is
 * given, whatever becomes of its record, and so does a step that says
 * `ok: false`, unless an assertion judged that step.
 */
export class Evidence {
  #any = false;
  #failed = false;
  /** Steps that an assertion was given for. */
  readonly #judged = new Set<number>();
  /** Steps with `ok: false`. */
  readonly #notOk = new Set<number>();

  /** A step was given. */
  addStep(step_index: number, ok: unknown): void {
    this.#any = true;
    if (ok === false) this.#notOk.add(step_index);
  }

  /** A step with `ok: false` that could not be recorded: nothing can judge it. */
  addLostStep(): void {
    this.#failed = true;
  }

  /** An assertion was given; anything but true has not passed. */
  addAssertion(step_index: number | null, passed: unknown): void {
    this.#any = true;
    if (passed !== true) this.#failed = true;
    if (step_index !== null) this.#judged.add(step_index);
  }

  /** The work came to its end: evidence of its own. */
  addReturn(): void {
    this.#any = true;
  }

  /** True, false, or null where nothing was recorded. */
  verdict(hasError: boolean): boolean | null {
    if (hasError || this.#failed) return false;
    for (const step_index of this.#notOk) {
      if (!this.#judged.has(step_index)) return false;
    }
    return this.#any ? true : null;
  }
}
