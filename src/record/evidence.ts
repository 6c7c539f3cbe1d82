/**
 * Collects what an instance has shown so far, and derives its verdict.
 *
 * @module
 */
import type { AssertionInput, StepInput } from "../format/records.ts";

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

  /** A step was refused: where it has failed, no assertion can judge it. */
  addRefusedStep(input: StepInput): void {
    if (saysNotOk(input)) this.#failed = true;
  }

  /** An assertion was given; anything but true has not passed. */
  addAssertion(step_index: number | null, passed: unknown): void {
    this.#any = true;
    if (passed !== true) this.#failed = true;
    if (step_index !== null) this.#judged.add(step_index);
  }

  /** An assertion was refused: it has failed unless it says that it passed. */
  addRefusedAssertion(input: AssertionInput): void {
    if (saysNotPassed(input)) this.#failed = true;
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

/** Whether a step that was refused has failed; what cannot be read has. */
function saysNotOk(input: StepInput): boolean {
  try {
    return input?.observation?.ok === false;
  } catch {
    return true;
  }
}

/** Whether an assertion that was refused has failed; what cannot be read has. */
function saysNotPassed(input: AssertionInput): boolean {
  try {
    return input?.passed !== true;
  } catch {
    return true;
  }
}
