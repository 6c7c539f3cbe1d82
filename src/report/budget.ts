/**
 * Decides which instances fit into a report of limited size, as it is written.
 *
 * @module
 */
import type { InstanceTable } from "./instance_table.ts";
import { byWorth, type Judged, PASSED } from "./select.ts";

/** What the size of an instance is estimated from. */
export type Sized = Judged & Pick<InstanceTable, "steps" | "assertions">;

/**
 * Estimated size of a record before any was measured. It is low on purpose: an
 * instance that is left out needlessly costs another pass over the run.
 */
const RECORD_BYTES = 20;

/** Share of the bytes that is kept free for later instances that did not pass. */
const RESERVED = 1 / 25;

/** Share of the bytes that has to be left for another pass over the run. */
const WORTH_A_PASS = 1 / 20;

/** How often the plan is made while a report is written. */
const PLANS = 50;

const [UNDECIDED, PASSED_OVER, TAKEN] = [0, 1, 2];

/**
 * Orders instances, the most useful first, and decides how many of them fit. Sizes
 * are estimated from the number of records and the size of those already written.
 */
export class Budget {
  readonly #instances: Sized;
  readonly #bytesMax: number;
  readonly #order: Uint32Array;
  /** Of each place: its place in the order. */
  readonly #rank: Uint32Array;
  readonly #decided: Uint8Array;
  /** From here on in the order they do not fit. */
  #end = 0;
  /** What a record has taken in the latest chunk. */
  #latestBytes = RECORD_BYTES;
  #pass = 1;
  #recordsTaken = 0;
  #recordsWritten = 0;
  #bytesWritten = 0;
  #nextPlanBytes = 0;

  /** @param bytesMax Bytes that all records may take. */
  constructor(instances: Sized, bytesMax: number) {
    this.#instances = instances;
    this.#bytesMax = bytesMax;
    this.#order = byWorth(instances);
    this.#rank = new Uint32Array(this.#order.length);
    for (const [rank, place] of this.#order.entries()) {
      this.#rank[place] = rank;
    }
    this.#decided = new Uint8Array(this.#order.length);
    this.#plan();
  }

  /** Whether an instance is to be written; false for one that was asked for before. */
  wants(place: number): boolean {
    if (this.#decided[place] !== UNDECIDED) return false;
    const fits = this.#rank[place]! < this.#end;
    this.#decided[place] = fits ? TAKEN : PASSED_OVER;
    if (fits) this.#recordsTaken += this.recordsOf(place);
    return fits;
  }

  /** Number of records of an instance, its own line included. */
  recordsOf(place: number): number {
    const { steps, assertions } = this.#instances;
    return 1 + steps[place]! + assertions[place]!;
  }

  /** Notes what records have taken that were written. */
  note(records: number, bytes: number): void {
    this.#recordsWritten += records;
    this.#bytesWritten += bytes;
    this.#latestBytes = bytes / Math.max(1, records);
    if (this.#bytesWritten >= this.#nextPlanBytes) this.#plan();
  }

  /**
   * Begins another pass, over what was passed over before. Returns false where
   * none of it fits, or only a little room is left.
   */
  nextPass(): boolean {
    const left = this.#bytesMax - this.#bytesWritten;
    if (!(left > this.#bytesMax * WORTH_A_PASS)) return false;
    for (const [place, decided] of this.#decided.entries()) {
      if (decided === PASSED_OVER) this.#decided[place] = UNDECIDED;
    }
    this.#pass++;
    this.#plan();
    return this.#order.subarray(0, this.#end)
      .some((place) => this.#decided[place] === UNDECIDED);
  }

  /** Finds out how many of those that are not decided fit into what is left. */
  #plan(): void {
    this.#nextPlanBytes = this.#bytesWritten + this.#bytesMax / PLANS;
    // Later ones may be larger: what that leaves free is filled in another pass.
    const perRecord = Math.max(
      this.#latestBytes,
      this.#bytesWritten / Math.max(1, this.#recordsWritten),
    );
    const underWay = this.#recordsTaken - this.#recordsWritten;
    let room = this.#bytesMax - this.#bytesWritten - underWay * perRecord;
    const reserved = this.#pass === 1 ? this.#bytesMax * RESERVED : 0;
    const { verdict } = this.#instances;
    this.#end = 0;
    for (const place of this.#order) {
      if (this.#decided[place] === UNDECIDED) {
        room -= this.recordsOf(place) * perRecord;
        if (room < (verdict[place] === PASSED ? reserved : 0)) return;
      }
      this.#end++;
    }
  }
}
