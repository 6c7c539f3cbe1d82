/**
 * Collects the instances that never completed.
 *
 * @module
 */
import {
  InstanceIds,
  type ReadonlyInstanceIds,
} from "../format/instance_ids.ts";
import type { StartRecord, StepRecord } from "../format/records.ts";

const LISTED_MAX = 20;

/** An instance that never completed, and how far it got. */
export interface IncompleteInstance {
  /** Id of the instance. */
  instance_id: string;
  /** Its start; null where no record of it was kept. */
  start: StartRecord | null;
  /** Its last step; null before its first one. */
  lastStep: StepRecord | null;
}

/** The instances that never completed, or are still running. */
export interface InFlight {
  /** Number of such instances. */
  total: number;
  /** The first 20 of them. */
  instances: IncompleteInstance[];
}

/** Collects instances in flight from starts, assertions and steps, in any order. */
export class InFlightCollector {
  readonly #completed: ReadonlyInstanceIds;
  readonly #seen = new InstanceIds();
  readonly #listed = new Map<string, IncompleteInstance>();

  /** @param completed Ids of the instances that completed. */
  constructor(completed: ReadonlyInstanceIds) {
    this.#completed = completed;
  }

  /** Takes the start of an instance. */
  addStart(record: StartRecord): void {
    const instance = this.addRecord(record);
    if (instance) instance.start = record;
  }

  /** Takes a step. */
  addStep(record: StepRecord): void {
    const instance = this.addRecord(record);
    if (instance && record.step_index >= (instance.lastStep?.step_index ?? 0)) {
      instance.lastStep = record;
    }
  }

  /** Takes any record; returns its instance where that is listed. */
  addRecord(
    { instance_id }: { instance_id: string },
  ): IncompleteInstance | undefined {
    if (this.#completed.has(instance_id)) return undefined;
    if (!this.#seen.has(instance_id)) {
      this.#seen.add(instance_id);
      if (this.#listed.size < LISTED_MAX) {
        this.#listed.set(instance_id, {
          instance_id,
          start: null,
          lastStep: null,
        });
      }
    }
    return this.#listed.get(instance_id);
  }

  /** Returns the collected instances. */
  inFlight(): InFlight {
    return { total: this.#seen.size, instances: [...this.#listed.values()] };
  }
}
