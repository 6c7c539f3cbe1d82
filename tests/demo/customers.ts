/**
 * Makes the customers: one per instance, with a shopping list from the seed.
 *
 * @module
 */
import type { Seed } from "../../mod.ts";
import { CATALOGUE } from "./catalogue.ts";
import { draw, drawInt, shuffled } from "./seeded.ts";

/** A line of the shopping list, with the price that the customer saw. */
export type Item = { sku: string; quantity: number; unit_price_cents: number };

/** What an instance starts with: all that its scenario needs to know. */
export type EntryData = {
  customer_id: string;
  card_token: string;
  items: Item[];
  /** For those who want a refund. */
  refund_reason?: string;
};

const CARDS = ["tok_visa", "tok_mastercard", "tok_amex"];
const REASONS = ["damaged", "wrong_size", "arrived_late", "changed_mind"];
const ITEMS_MAX = 3;

/** `cust_007` for 7. */
export function customerId(number: number): string {
  return `cust_${String(number).padStart(3, "0")}`;
}

/** The entry data of the n-th instance. */
export function entryData(
  seed: Seed,
  number: number,
  scenario_id: string,
): EntryData {
  const customer_id = customerId(number);
  const products = shuffled(seed, CATALOGUE, "items", customer_id)
    .slice(0, drawInt(seed, 1, ITEMS_MAX, "item_count", customer_id));
  return {
    customer_id,
    card_token: pick(seed, CARDS, "card", customer_id),
    items: products.map(({ sku, unit_price_cents }) => ({
      sku,
      quantity: drawInt(seed, 1, 3, "quantity", customer_id, sku),
      unit_price_cents,
    })),
    ...(scenario_id === "refund"
      ? { refund_reason: pick(seed, REASONS, "reason", customer_id) }
      : {}),
  };
}

function pick(
  seed: Seed,
  choices: readonly string[],
  ...key: string[]
): string {
  return choices[Math.floor(draw(seed, ...key) * choices.length)]!;
}
