/**
 * What the demo drives: a purchase, and a purchase that is given back.
 *
 * @module
 */
import type { EntryData } from "./customers.ts";
import type { ShopClient } from "./shop_client.ts";

/** One scenario. */
export interface Scenario {
  scenario_id: string;
  /** Goes through it, as far as the answers allow. */
  run(shop: ShopClient, entry: EntryData): Promise<void>;
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
    run: async (shop, entry) => {
      await purchase(shop, entry);
    },
  },
  {
    scenario_id: "refund",
    run: async (shop, entry) => {
      const bought = await purchase(shop, entry);
      if (bought) await giveBack(shop, entry, bought);
    },
  },
];

/** The scenario of the n-th instance, from 1. */
export function scenarioOf(number: number): Scenario {
  return SCENARIOS[(number - 1) % SCENARIOS.length]!;
}

async function purchase(
  shop: ShopClient,
  { customer_id, items, card_token }: EntryData,
): Promise<Purchase | undefined> {
  const cart = await shop.call({
    step_name: "create_cart",
    method: "POST",
    url: "/carts",
    json: { customer_id },
    status_code: 201,
  });
  if (!cart) return;
  const { cart_id } = cart;
  let total_cents = 0;
  for (const { sku, quantity, unit_price_cents } of items) {
    total_cents += quantity * unit_price_cents;
    const filled = await shop.call({
      step_name: "add_item",
      method: "POST",
      url: `/carts/${cart_id}/items`,
      json: { sku, quantity },
      status_code: 201,
      expected: { cart_total_cents: ["total_cents", total_cents] },
    });
    if (!filled) return;
  }
  const payment = await shop.call({
    step_name: "pay",
    method: "POST",
    url: "/payments",
    json: { cart_id, amount_cents: total_cents, card_token },
    status_code: 201,
    expected: { payment_status: ["status", "captured"] },
  });
  if (!payment) return;
  const order = await shop.call({
    step_name: "place_order",
    method: "POST",
    url: "/orders",
    json: { cart_id, payment_id: payment.payment_id },
    status_code: 201,
    expected: { order_total_cents: ["total_cents", total_cents] },
  });
  return order && { order_id: String(order.order_id), total_cents };
}

async function giveBack(
  shop: ShopClient,
  { refund_reason }: EntryData,
  { order_id, total_cents }: Purchase,
): Promise<void> {
  const refund = await shop.call({
    step_name: "refund",
    method: "POST",
    url: `/orders/${order_id}/refunds`,
    json: { amount_cents: total_cents, reason: refund_reason ?? "" },
    status_code: 201,
    expected: { refund_amount_cents: ["amount_cents", total_cents] },
  });
  if (!refund) return;
  await shop.call({
    step_name: "show_order",
    method: "GET",
    url: `/orders/${order_id}`,
    status_code: 200,
    expected: { order_status: ["status", "refunded"] },
  });
}
