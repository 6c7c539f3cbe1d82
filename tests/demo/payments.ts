/**
 * The shop's payments.
 *
 * @module
 */
import type { JsonObject } from "../../mod.ts";
import { type Carts, totalCents } from "./carts.ts";
import type { Ledger } from "./ledger.ts";
import { type Reaction, refuse, unknown } from "./reaction.ts";

/** Takes the customers' money. */
export class Payments {
  readonly #ledger: Ledger;
  readonly #carts: Carts;

  constructor(ledger: Ledger, carts: Carts) {
    this.#ledger = ledger;
    this.#carts = carts;
  }

  /** `POST /payments` */
  pay({ cart_id, amount_cents }: JsonObject): Reaction {
    const cart = this.#carts.find(cart_id);
    if (!cart) return unknown("cart", cart_id);
    const { customer_id } = cart;
    if (this.#ledger.fails(customer_id, "gateway_down")) {
      return refuse(502, {
        code: "payment_gateway_unavailable",
        message: "The payment gateway did not answer",
        retryable: true,
      }, {
        headers: { "retry-after": "30" },
        customer_id,
        log: "acquirer northpay: connect timeout, gave up after 3 tries",
      });
    }
    if (this.#ledger.fails(customer_id, "card_declined")) {
      return refuse(402, {
        code: "card_declined",
        message: "The card was declined",
        decline_code: "insufficient_funds",
        retryable: false,
      }, {
        customer_id,
        log: "acquirer northpay: declined with response code 51",
      });
    }
    cart.paid = amount_cents === totalCents(cart);
    const payment_id = this.#ledger.newId("pay", customer_id);
    const body = { payment_id, status: "captured", amount_cents };
    return { status_code: 201, customer_id, body };
  }
}
