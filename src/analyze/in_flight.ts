/**
 * Instances that never completed: what a run was at when it broke off.
 *
 * @module
 */
import { GrowingFloats, InstanceIndex } from "../format/instance_index.ts";
import type { StepRecord } from "../format/records.ts";

/** Of so many it is kept how far they came. */
const LISTED_MAX = 8;
const COMPLETED = 1;
const IN_FLIGHT = 2;

/** An instance that never completed, and how far it came. */
export interface InstanceInFlight {
  instance_id: string;
  /** Its last step; undefined before its first one. */
  lastStep?: StepRecord;
}

/** Is given instances, then assertions, then steps; some 16 bytes for each. */
export class InFlight {
  /** How many never completed. */
  total = 0;
  readonly #index = new InstanceIndex();
  readonly #states = new GrowingFloats();
  readonly #listed = new Map<string, InstanceInFlight>();

  /** Looks at an instance that completed; all of them come first. */
  addInstance(instance_id: string): void {
    this.#states.set(this.#index.indexOf(instance_id), COMPLETED);
  }

  /** Looks at what an assertion tells: that its instance was there. */
  addAssertion(instance_id: string): void {
    this.#add(instance_id);
  }

  /** Looks at a step. */
  addStep(record: StepRecord): void {
    const one = this.#add(record.instance_id);
    if (one && record.step_index >= (one.lastStep?.step_index ?? 0)) {
      one.lastStep = record;
    }
  }

  /** The first ones. */
  list(): InstanceInFlight[] {
    return [...this.#listed.values()];
  }

  #add(instance_id: string): InstanceInFlight | undefined {
    const index = this.#index.indexOf(instance_id);
    const state = this.#states.get(index);
    if (state === COMPLETED) return undefined;
    if (state !== IN_FLIGHT) {
      this.#states.set(index, IN_FLIGHT);
      this.total++;
      if (this.#listed.size < LISTED_MAX) {
        this.#listed.set(instance_id, { instance_id });
      }
    }
    return this.#listed.get(instance_id);
  }
}
