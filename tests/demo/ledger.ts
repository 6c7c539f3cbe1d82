/**
 * What all parts of the shop share: how ids are issued and who is out of luck.
 *
 * @module
 */
import type { Seed } from "../../mod.ts";
import type { Fault, FaultPlan } from "./faults.ts";
import { drawHex, drawInt } from "./seeded.ts";

/** Issues ids and looks up faults. */
export class Ledger {
  readonly #seed: Seed;
  readonly #faults: FaultPlan;
  readonly #issued = new Map<string, number>();

  constructor(seed: Seed, faults: FaultPlan) {
    this.#seed = seed;
    this.#faults = faults;
  }

  /** Whether the service is to fail this customer in this way. */
  fails(customer_id: string, fault: Fault): boolean {
    return this.#faults.get(customer_id) === fault;
  }

  /** A whole number that is drawn for this customer. */
  drawFor(customer_id: string, what: string, min: number, max: number): number {
    return drawInt(this.#seed, min, max, what, customer_id);
  }

  /**
   * An id such as `"cart_5f0c6a91be"`. It counts per customer, each of whom does one
   * thing at a time, so it does not depend on the order of customers.
   */
  newId(kind: string, customer_id: string): string {
    const key = `${kind} ${customer_id}`;
    const number = (this.#issued.get(key) ?? 0) + 1;
    this.#issued.set(key, number);
    return `${kind}_${drawHex(this.#seed, 10, kind, customer_id, number)}`;
  }
}
