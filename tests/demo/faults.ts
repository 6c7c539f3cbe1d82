/**
 * What goes wrong, and for whom: one customer in twenty, drawn from the seed.
 *
 * @module
 */
import type { Seed } from "../../mod.ts";
import { shuffled } from "./seeded.ts";

/** A way in which the service fails a customer. */
export type Fault =
  | "gateway_down"
  | "short_refund"
  | "card_declined"
  | "stale_price"
  | "order_crash";

/** The customers that the service fails, by customer id. */
export type FaultPlan = ReadonlyMap<string, Fault>;

/** Only a customer who asks for a refund can be refunded the wrong amount. */
const FAULTS: readonly { fault: Fault; scenario_id?: string }[] = [
  { fault: "gateway_down" },
  { fault: "short_refund", scenario_id: "refund" },
  { fault: "card_declined" },
  { fault: "stale_price" },
  { fault: "order_crash" },
];

/**
 * Draws the customers that will fail: five of a hundred, each in another way.
 *
 * @param customers All customers, with the scenario that each will go through.
 */
export function planFaults(
  seed: Seed,
  customers: readonly { customer_id: string; scenario_id: string }[],
): FaultPlan {
  const line = shuffled(seed, customers, "faults");
  const plan = new Map<string, Fault>();
  const count = Math.round(customers.length / 20);
  for (let i = 0; i < count; i++) {
    const { fault, scenario_id } = FAULTS[i % FAULTS.length]!;
    const at = line.findIndex((customer) =>
      scenario_id === undefined || customer.scenario_id === scenario_id
    );
    const [unlucky] = line.splice(at, 1);
    plan.set(unlucky!.customer_id, fault);
  }
  return plan;
}
