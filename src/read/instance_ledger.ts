/**
 * Registers instances, attempts and step indexes; detects repeats and gaps.
 *
 * @module
 */
import { GrowingFloats, InstanceIndex } from "../format/instance_index.ts";

/**
 * Steps that may be held because they came before an earlier one of their
 * instance: few, where a runner appends steps as they end. With more than these,
 * gaps are no longer detected.
 */
export const EARLY_STEPS_MAX = 1_000_000;

/** An attempt at an instance other than its main one. */
interface FurtherAttempt {
  /** Number of steps up to the first gap. */
  nextIndex: number;
}

/** Steps of one attempt that came before an earlier one. */
interface EarlySteps {
  instance_id: string;
  correlation_id: string;
  indexes: Set<number>;
}

/**
 * The instances of a run, their attempts and their steps. `add…` methods
 * register; all others change nothing.
 *
 * The *main* attempt of an instance is the one of its line, or the first that is
 * registered. Memory: some 30 bytes for each instance with a counted id, some
 * hundred for others, and more only for instances with several attempts or with
 * steps out of order.
 */
export class InstanceLedger {
  readonly #index = new InstanceIndex();
  /** Hash of the main attempt's correlation id; 0 for an unknown instance. */
  readonly #mainAttempts = new GrowingFloats();
  /** Number of the main attempt's steps, up to the first gap. */
  readonly #nextIndexes = new GrowingFloats();
  /** 1 for an instance with a line. */
  readonly #completed = new GrowingFloats();
  /** By instance and correlation id. */
  readonly #furtherAttempts = new Map<string, Map<string, FurtherAttempt>>();
  /** By instance and correlation id. */
  readonly #earlySteps = new Map<string, EarlySteps>();
  readonly #earlyStepsMax: number;
  #earlyCount = 0;
  #inFlightCount = 0;
  #lostOrder = false;

  /** @param earlyStepsMax Steps out of order that are held at once. */
  constructor(earlyStepsMax: number = EARLY_STEPS_MAX) {
    this.#earlyStepsMax = earlyStepsMax;
  }

  /** Number of instances that have records and no line. */
  get inFlightCount(): number {
    return this.#inFlightCount;
  }

  /** Whether too many steps came early to detect gaps. */
  get lostOrder(): boolean {
    return this.#lostOrder;
  }

  /** Whether a step is missing, or may be. */
  get hasGaps(): boolean {
    return this.#lostOrder || this.#earlyCount > 0;
  }

  /**
   * Registers an instance line. All of them come before any step or assertion.
   *
   * @returns Whether it is the first line of its instance.
   */
  addInstance(instance_id: string, correlation_id: string): boolean {
    const index = this.#index.indexOf(instance_id);
    if (this.#completed.get(index) === 1) return false;
    this.#completed.set(index, 1);
    this.#mainAttempts.set(index, hash(correlation_id));
    return true;
  }

  /**
   * Registers a step.
   *
   * @returns Whether it is the first of its attempt with that index.
   */
  addStep(
    instance_id: string,
    correlation_id: string,
    step_index: number,
  ): boolean {
    const index = this.#registerMain(instance_id, correlation_id);
    const further = index === undefined
      ? this.#registerFurther(instance_id, correlation_id)
      : undefined;
    let next = further?.nextIndex ?? this.#nextIndexes.get(index!);
    if (step_index < next) return false;
    if (step_index > next) {
      return this.#addEarly(instance_id, correlation_id, step_index);
    }
    next++;
    if (this.#earlyCount > 0) {
      next = this.#removeEarly(keyOf(instance_id, correlation_id), next);
    }
    if (further) further.nextIndex = next;
    else this.#nextIndexes.set(index!, next);
    return true;
  }

  /**
   * Registers an assertion. All of them come after the steps.
   *
   * @returns Whether its instance may have the step that it is about.
   */
  addAssertion(
    instance_id: string,
    correlation_id: string,
    step_index: number | null,
  ): boolean {
    const index = this.#registerMain(instance_id, correlation_id);
    if (index === undefined) {
      this.#registerFurther(instance_id, correlation_id);
      return true;
    }
    return step_index === null || this.#lostOrder ||
      this.#completed.get(index) === 0 ||
      step_index < this.#nextIndexes.get(index);
  }

  /** Registers a start. All of them come last. */
  addStart(instance_id: string, correlation_id: string): void {
    this.#registerMain(instance_id, correlation_id);
  }

  /** Whether an instance has a line. */
  isCompleted(instance_id: string): boolean {
    const index = this.#index.find(instance_id);
    return index !== undefined && this.#completed.get(index) === 1;
  }

  /** Whether a correlation id is that of an instance's main attempt. */
  isMain(instance_id: string, correlation_id: string): boolean {
    return this.#findMain(instance_id, correlation_id) !== undefined;
  }

  /** Number of steps of an instance's main attempt, up to the first gap. */
  stepCount(instance_id: string): number {
    const index = this.#index.find(instance_id);
    return index === undefined ? 0 : this.#nextIndexes.get(index);
  }

  /** Iterates over the attempts with a gap: their first missing index. */
  *gaps(): Generator<{ instance_id: string; step_index: number }> {
    if (this.#lostOrder) return;
    for (const { instance_id, correlation_id } of this.#earlySteps.values()) {
      const index = this.#findMain(instance_id, correlation_id);
      const step_index = index === undefined
        ? this.#furtherAttempts.get(instance_id)!.get(correlation_id)!.nextIndex
        : this.#nextIndexes.get(index);
      yield { instance_id, step_index };
    }
  }

  /** Iterates over the instances with several attempts: those besides the main. */
  *furtherAttempts(): Generator<
    { instance_id: string; correlationIds: string[] }
  > {
    for (const [instance_id, attempts] of this.#furtherAttempts) {
      yield { instance_id, correlationIds: [...attempts.keys()] };
    }
  }

  /** Returns the index of an instance, if this is its main attempt. */
  #findMain(instance_id: string, correlation_id: string): number | undefined {
    const index = this.#index.find(instance_id);
    return index !== undefined &&
        this.#mainAttempts.get(index) === hash(correlation_id)
      ? index
      : undefined;
  }

  /** As {@linkcode #findMain}; an unknown instance is in flight from now on. */
  #registerMain(
    instance_id: string,
    correlation_id: string,
  ): number | undefined {
    const index = this.#index.indexOf(instance_id);
    const hashed = hash(correlation_id);
    if (this.#mainAttempts.get(index) === 0) {
      this.#mainAttempts.set(index, hashed);
      this.#inFlightCount++;
    }
    return this.#mainAttempts.get(index) === hashed ? index : undefined;
  }

  #registerFurther(
    instance_id: string,
    correlation_id: string,
  ): FurtherAttempt {
    let attempts = this.#furtherAttempts.get(instance_id);
    if (!attempts) {
      this.#furtherAttempts.set(instance_id, attempts = new Map());
    }
    let attempt = attempts.get(correlation_id);
    if (!attempt) attempts.set(correlation_id, attempt = { nextIndex: 0 });
    return attempt;
  }

  #addEarly(
    instance_id: string,
    correlation_id: string,
    step_index: number,
  ): boolean {
    const key = keyOf(instance_id, correlation_id);
    let early = this.#earlySteps.get(key);
    if (!early) {
      early = { instance_id, correlation_id, indexes: new Set() };
      this.#earlySteps.set(key, early);
    }
    if (early.indexes.has(step_index)) return false;
    if (this.#earlyCount === this.#earlyStepsMax) {
      this.#lostOrder = true;
      return true;
    }
    this.#earlyCount++;
    early.indexes.add(step_index);
    return true;
  }

  /** Removes the early steps that follow without a gap; returns the next index. */
  #removeEarly(key: string, next: number): number {
    const early = this.#earlySteps.get(key);
    if (!early) return next;
    while (early.indexes.delete(next)) {
      next++;
      this.#earlyCount--;
    }
    if (early.indexes.size === 0) this.#earlySteps.delete(key);
    return next;
  }
}

function keyOf(instance_id: string, correlation_id: string): string {
  return `${instance_id}\n${correlation_id}`;
}

/** 53 bits of a text, never 0: two 32-bit FNV-1a hashes with different primes. */
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
