/**
 * Whether the steps of each instance are there without gap or repeat, and under
 * one correlation id.
 *
 * @module
 */
import { InstanceRows, NumberColumn } from "../format/instance_index.ts";

/**
 * Steps that came before an earlier one of their instance: a few, where a runner
 * appends them as they end. More than these are no order at all.
 */
export const EARLY_STEPS_MAX = 1_000_000;

/** What was seen of one attempt at an instance. */
interface Attempt {
  /** The index that comes next. */
  nextIndex: number;
}

/** Steps of one attempt that came too early. */
interface EarlySteps {
  instance_id: string;
  correlation_id: string;
  indexes: Set<number>;
}

/**
 * Keeps books on the instances of a run: some 30 bytes for each with a counted
 * id, some hundred for others, and more only for those that were attempted
 * several times or have steps out of order.
 */
export class StepOrder {
  /** Whether too many steps came early to tell of gaps. */
  isLost = false;

  readonly #rows = new InstanceRows();
  /** Hash of the correlation id; 0 for none seen. */
  readonly #correlations = new NumberColumn();
  readonly #nextIndexes = new NumberColumn();
  readonly #isCompleted = new NumberColumn();
  /** Other attempts, by instance and correlation id. */
  readonly #others = new Map<string, Map<string, Attempt>>();
  /** By instance and correlation id. */
  readonly #early = new Map<string, EarlySteps>();
  readonly #earlyStepsMax: number;
  #earlyCount = 0;
  /** Instances that were seen in steps or assertions, and have no line. */
  inFlight = 0;

  /** @param earlyStepsMax Steps out of order that are kept in mind at once. */
  constructor(earlyStepsMax: number = EARLY_STEPS_MAX) {
    this.#earlyStepsMax = earlyStepsMax;
  }

  /** Takes an instance line. Returns whether it is the first one. */
  addInstance(instance_id: string, correlation_id: string): boolean {
    const row = this.#rows.rowOf(instance_id);
    if (this.#isCompleted.get(row) === 1) return false;
    this.#isCompleted.set(row, 1);
    this.#correlations.set(row, hash(correlation_id));
    return true;
  }

  /** Whether an instance line was taken. */
  isCompleted(instance_id: string): boolean {
    return this.#isCompleted.get(this.#rows.rowOf(instance_id)) === 1;
  }

  /** Takes a step. Returns whether its index is there for the first time. */
  addStep(
    instance_id: string,
    correlation_id: string,
    step_index: number,
  ): boolean {
    const row = this.#rowOfAttempt(instance_id, correlation_id);
    const other = row === undefined
      ? this.#otherAttempt(instance_id, correlation_id)
      : undefined;
    let next = other?.nextIndex ?? this.#nextIndexes.get(row!);
    if (step_index < next) return false;
    if (step_index > next) {
      return this.#addEarly(instance_id, correlation_id, step_index);
    }
    next++;
    if (this.#earlyCount > 0) {
      next = this.#takeEarly(`${instance_id}\n${correlation_id}`, next);
    }
    if (other) other.nextIndex = next;
    else this.#nextIndexes.set(row!, next);
    return true;
  }

  /** Takes an assertion. Returns whether its instance may have such a step. */
  addAssertion(
    instance_id: string,
    correlation_id: string,
    step_index: number | null,
  ): boolean {
    const row = this.#rowOfAttempt(instance_id, correlation_id);
    if (row === undefined) {
      this.#otherAttempt(instance_id, correlation_id);
      return true;
    }
    return step_index === null || this.isLost ||
      this.#isCompleted.get(row) === 0 ||
      step_index < this.#nextIndexes.get(row);
  }

  /** Whether a step is missing somewhere, or may be. */
  get hasGaps(): boolean {
    return this.isLost || this.#earlyCount > 0;
  }

  /** How many steps the main attempt of an instance has, up to the first gap. */
  stepCount(instance_id: string): number {
    return this.#nextIndexes.get(this.#rows.rowOf(instance_id));
  }

  /** Where steps are missing: the instance, and the first index. */
  *gaps(): Generator<{ instance_id: string; step_index: number }> {
    if (this.isLost) return;
    for (const { instance_id, correlation_id } of this.#early.values()) {
      const row = this.#rowOfAttempt(instance_id, correlation_id);
      const step_index = row === undefined
        ? this.#otherAttempt(instance_id, correlation_id).nextIndex
        : this.#nextIndexes.get(row);
      yield { instance_id, step_index };
    }
  }

  /** Instances that have several correlation ids, and the further ones. */
  *severalAttempts(): Generator<
    { instance_id: string; correlationIds: string[] }
  > {
    for (const [instance_id, attempts] of this.#others) {
      yield { instance_id, correlationIds: [...attempts.keys()] };
    }
  }

  /**
   * Whether this is the main correlation id of an instance: that of its line, or
   * the first that was seen.
   */
  isMain(instance_id: string, correlation_id: string): boolean {
    return this.#rowOfAttempt(instance_id, correlation_id) !== undefined;
  }

  /** The row of an instance, if this is its correlation id. */
  #rowOfAttempt(
    instance_id: string,
    correlation_id: string,
  ): number | undefined {
    const row = this.#rows.rowOf(instance_id);
    const hashed = hash(correlation_id);
    if (this.#correlations.get(row) === 0) {
      this.#correlations.set(row, hashed);
      this.inFlight++;
    }
    return this.#correlations.get(row) === hashed ? row : undefined;
  }

  #otherAttempt(instance_id: string, correlation_id: string): Attempt {
    let attempts = this.#others.get(instance_id);
    if (!attempts) this.#others.set(instance_id, attempts = new Map());
    let attempt = attempts.get(correlation_id);
    if (!attempt) attempts.set(correlation_id, attempt = { nextIndex: 0 });
    return attempt;
  }

  #addEarly(
    instance_id: string,
    correlation_id: string,
    step_index: number,
  ): boolean {
    const key = `${instance_id}\n${correlation_id}`;
    let early = this.#early.get(key);
    if (!early) {
      early = { instance_id, correlation_id, indexes: new Set() };
      this.#early.set(key, early);
    }
    if (early.indexes.has(step_index)) return false;
    if (this.#earlyCount === this.#earlyStepsMax) {
      this.isLost = true;
      return true;
    }
    this.#earlyCount++;
    early.indexes.add(step_index);
    return true;
  }

  /** The index after those that came too early and have their turn now. */
  #takeEarly(key: string, next: number): number {
    const early = this.#early.get(key);
    if (!early) return next;
    while (early.indexes.delete(next)) {
      next++;
      this.#earlyCount--;
    }
    if (early.indexes.size === 0) this.#early.delete(key);
    return next;
  }
}

/** 53 bits of a text, never 0: two FNV-1a of 32 bits with primes of their own. */
function hash(text: string): number {
  let high = 0x811c9dc5;
  let low = 0x1b873593;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    high = Math.imul(high ^ code, 0x01000193);
    low = Math.imul(low ^ code, 0x85ebca6b);
  }
  return ((high >>> 11) * 2 ** 32 + (low >>> 0)) || 1;
}
