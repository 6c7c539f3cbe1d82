/**
 * Classifies how the verdict of an instance changed between two runs.
 *
 * @module
 */
import { idOfName, type InstancePairs, isOfB } from "./instance_pairs.ts";
import type { ChangeKind } from "./run_changes.ts";
import type { Verdicts } from "./verdicts.ts";

/** The verdicts of both runs, by the names that instances have in a comparison. */
export class Outcomes {
  /** Of the first run. */
  readonly a: Verdicts;
  /** Of the second run. */
  readonly b: Verdicts;
  readonly #pairs: InstancePairs;

  constructor(a: Verdicts, b: Verdicts, pairs: InstancePairs) {
    this.a = a;
    this.b = b;
    this.#pairs = pairs;
  }

  /** Returns the kind of change of an instance that both runs have. */
  kindOfPair(name: string): ChangeKind {
    const other = this.#pairs.idInB(name);
    if (this.a.isRetry(name) || this.b.isRetry(other)) return "changedInstance";
    const [a, b] = [this.a.verdictOf(name), this.b.verdictOf(other)];
    if (a === b) return "changedInstance";
    if (b === "failed") return "newlyFailing";
    return b === "passed" ? "newlyPassing" : "newlySkipped";
  }

  /** Returns the kind of change of an instance that only one run has. */
  kindOfUnpaired(name: string): ChangeKind {
    const id = idOfName(name);
    if (!isOfB(name)) {
      return this.a.isRetry(id) ? "missingAttempt" : "missingInstance";
    }
    if (this.b.isRetry(id)) return "extraAttempt";
    return this.b.verdictOf(id) === "failed" ? "extraFailing" : "extraInstance";
  }

  /** Whether an instance fails in the second run and not in the first. */
  isNewlyFailing(name: string): boolean {
    if (isOfB(name)) return this.kindOfUnpaired(name) === "extraFailing";
    // An instance without a line has no verdict.
    return this.#pairs.nameOfA(name) === name &&
      this.kindOfPair(name) === "newlyFailing";
  }
}
