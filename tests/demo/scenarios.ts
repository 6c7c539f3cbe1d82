/**
 * What the demo drives: a purchase, and a purchase that is given back.
 *
 * @module
 */
import type { Actor } from "./actor.ts";
import type { EntryData } from "./customers.ts";

/** One scenario. */
export interface Scenario {
  scenario_id: string;
  /** Goes through it; throws `ScenarioStopped` where it cannot go on. */
  run(actor: Actor, entry: EntryData): Promise<void>;
}

/** An order that was placed. */
interface Purchase {
  order_id: string;
  total_cents: number;
}

/** Instances take turns: odd ones check out, even ones want a refund. */
export const SCENARIOS: readonly Scenario[] = [
  {
    scenario_id: "checkout",
    run: async (actor, entry) => {
      await purchase(actor, entry);
    },
  },
  {
    scenario_id: "refund",
    run: async (actor, entry) => {
      await giveBack(actor, entry, await purchase(actor, entry));
    },
  },
];

/** The scenario of the n-th instance, from 1. */
export function scenarioOf(number: number): Scenario {
  return SCENARIOS[(number - 1) % SCENARIOS.length]!;
}

async function purchase(actor: Actor, entry: EntryData): Promise<Purchase> {
  const { customer_id, items, card_token } = entry;
  const { cart_id } = await actor.call({
    step_name: "create_cart",
    method: "POST",
    url: "/carts",
    body: { customer_id },
    status_code: 201,
  });
  let total_cents = 0;
  for (const { sku, quantity, unit_price_cents } of items) {
    total_cents += quantity * unit_price_cents;
    const cart = await actor.call({
      step_name: "add_item",
      method: "POST",
      url: `/carts/${cart_id}/items`,
      body: { sku, quantity },
      status_code: 201,
    });
    await actor.check("cart_total_cents", total_cents, cart.total_cents);
  }
  const payment = await actor.call({
    step_name: "pay",
    method: "POST",
    url: "/payments",
    body: { cart_id, amount_cents: total_cents, card_token },
    status_code: 201,
  });
  await actor.check("payment_status", "captured", payment.status);
  const order = await actor.call({
    step_name: "place_order",
    method: "POST",
    url: "/orders",
    body: { cart_id, payment_id: payment.payment_id },
    status_code: 201,
  });
  await actor.check("order_total_cents", total_cents, order.total_cents);
  return { order_id: String(order.order_id), total_cents };
}

async function giveBack(
  actor: Actor,
  { refund_reason }: EntryData,
  { order_id, total_cents }: Purchase,
): Promise<void> {
  const refund = await actor.call({
    step_name: "refund",
    method: "POST",
    url: `/orders/${order_id}/refunds`,
    body: { amount_cents: total_cents, reason: refund_reason ?? "" },
    status_code: 201,
  });
  await actor.check("refund_amount_cents", total_cents, refund.amount_cents);
  const order = await actor.call({
    step_name: "show_order",
    method: "GET",
    url: `/orders/${order_id}`,
    status_code: 200,
  });
  await actor.check("order_status", "refunded", order.status);
}
