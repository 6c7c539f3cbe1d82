/**
 * The verdicts of a run's instances, each after its last attempt.
 *
 * @module
 */
import { GrowingFloats, InstanceIndex } from "../format/instance_index.ts";
import { type InstanceRecord, isFailed } from "../format/instance_record.ts";

/** Verdict of an instance: skipped for no verdict, unknown for no line. */
export type Verdict = "unknown" | "passed" | "skipped" | "failed";

const VERDICTS: readonly Verdict[] = ["unknown", "passed", "skipped", "failed"];

/** Verdicts by instance. Memory: a number for each, and the ids of retries. */
export class Verdicts {
  readonly #index = new InstanceIndex();
  readonly #verdicts = new GrowingFloats();
  /** The retry of an instance. */
  readonly #retriedBy = new Map<string, string>();
  readonly #retries = new Set<string>();
  readonly #counts: Record<Verdict, number> = {
    unknown: 0,
    passed: 0,
    skipped: 0,
    failed: 0,
  };

  /** Takes an instance; a retry may come before the attempt that it repeats. */
  add(record: InstanceRecord): void {
    const { instance_id, retry_of, passed } = record;
    const verdict = isFailed(record)
      ? "failed"
      : passed === null
      ? "skipped"
      : "passed";
    this.#counts[verdict]++;
    this.#verdicts.set(
      this.#index.indexOf(instance_id),
      VERDICTS.indexOf(verdict),
    );
    if (retry_of === null) return;
    this.#retriedBy.set(retry_of, instance_id);
    this.#retries.add(instance_id);
  }

  /** Whether an instance is a further attempt at another one. */
  isRetry(instance_id: string): boolean {
    return this.#retries.has(instance_id);
  }

  /** Whether any instance was tried again. */
  get hasRetries(): boolean {
    return this.#retries.size > 0;
  }

  /** Verdict of the last attempt at an instance. */
  verdictOf(instance_id: string): Verdict {
    let last = instance_id;
    const seen = new Set<string>();
    for (;;) {
      const next = this.#retriedBy.get(last);
      // Another writer's lines may name each other.
      if (next === undefined || seen.has(next)) return this.#own(last);
      seen.add(next);
      last = next;
    }
  }

  /**
   * Percentage that passed, of the last attempts with a verdict; null for none.
   */
  passRate(): number | null {
    const { passed, failed } = this.#counts;
    let [passes, failures] = [passed, failed];
    for (const id of this.#retriedBy.keys()) {
      if (this.#own(id) === "passed") passes--;
      if (this.#own(id) === "failed") failures--;
    }
    const judged = passes + failures;
    return judged === 0 ? null : 100 * passes / judged;
  }

  #own(instance_id: string): Verdict {
    const index = this.#index.find(instance_id);
    return VERDICTS[index === undefined ? 0 : this.#verdicts.get(index)]!;
  }
}
