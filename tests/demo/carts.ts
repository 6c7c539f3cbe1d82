/**
 * The shop's carts.
 *
 * @module
 */
import type { JsonObject } from "../../mod.ts";
import { CATALOGUE } from "./catalogue.ts";
import type { Item } from "./customers.ts";
import type { Ledger } from "./ledger.ts";
import { type Reaction, refuse, unknown } from "./reaction.ts";

/** A cart, and whether it is paid for. */
export interface Cart {
  cart_id: string;
  customer_id: string;
  items: Item[];
  paid: boolean;
}

/** Carts by id. */
export class Carts {
  readonly #ledger: Ledger;
  readonly #carts = new Map<string, Cart>();

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** The cart with this id. */
  find(cart_id: unknown): Cart | undefined {
    return typeof cart_id === "string" ? this.#carts.get(cart_id) : undefined;
  }

  /** `POST /carts` */
  create({ customer_id }: JsonObject): Reaction {
    if (typeof customer_id !== "string" || customer_id === "") {
      const message = "A cart needs a customer_id";
      return refuse(422, { code: "customer_missing", message });
    }
    const cart_id = this.#ledger.newId("cart", customer_id);
    const cart: Cart = { cart_id, customer_id, items: [], paid: false };
    this.#carts.set(cart_id, cart);
    return { status_code: 201, customer_id, body: describe(cart) };
  }

  /** `POST /carts/:id/items` */
  addItem(cart_id: string, { sku, quantity }: JsonObject): Reaction {
    const cart = this.find(cart_id);
    if (!cart) return unknown("cart", cart_id);
    const product = CATALOGUE.find((product) => product.sku === sku);
    if (!product) return unknown("product", sku);
    if (typeof quantity !== "number" || !(quantity >= 1 && quantity <= 99)) {
      const message = "A quantity is from 1 to 99";
      return refuse(422, { code: "quantity_invalid", message });
    }
    const { customer_id } = cart;
    let { unit_price_cents } = product;
    let log: string | undefined;
    if (this.#ledger.fails(customer_id, "stale_price")) {
      unit_price_cents -= 50 * this.#ledger.drawFor(customer_id, "stale", 1, 4);
      log = `price cache is stale: ${product.sku} at ${unit_price_cents}, ` +
        `catalogue says ${product.unit_price_cents}`;
    }
    cart.items.push({ sku: product.sku, quantity, unit_price_cents });
    return { status_code: 201, customer_id, body: describe(cart), log };
  }
}

/** What all that is in the cart costs. */
export function totalCents({ items }: Cart): number {
  let sum = 0;
  for (const { quantity, unit_price_cents } of items) {
    sum += quantity * unit_price_cents;
  }
  return sum;
}

function describe(cart: Cart): JsonObject {
  const { cart_id, customer_id, items } = cart;
  const total_cents = totalCents(cart);
  return { cart_id, customer_id, currency: "EUR", items, total_cents };
}
