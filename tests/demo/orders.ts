/**
 * The shop's orders and refunds.
 *
 * @module
 */
import type { JsonObject } from "../../mod.ts";
import { type Carts, totalCents } from "./carts.ts";
import type { Ledger } from "./ledger.ts";
import { type Reaction, refuse, unknown } from "./reaction.ts";

/** An order, as it is shown too. */
type Order = {
  order_id: string;
  customer_id: string;
  status: "confirmed" | "refunded";
  total_cents: number;
};

const RESTOCKING_FEE = 0.15;

/** Orders by id. */
export class Orders {
  readonly #ledger: Ledger;
  readonly #carts: Carts;
  readonly #orders = new Map<string, Order>();

  constructor(ledger: Ledger, carts: Carts) {
    this.#ledger = ledger;
    this.#carts = carts;
  }

  /** `POST /orders` */
  place({ cart_id }: JsonObject): Reaction {
    const cart = this.#carts.find(cart_id);
    if (!cart) return unknown("cart", cart_id);
    const { customer_id } = cart;
    if (this.#ledger.fails(customer_id, "order_crash")) {
      const log = "worker 3 killed: out of memory while rendering the invoice";
      return { status_code: null, customer_id, body: {}, log };
    }
    if (!cart.paid) {
      const message = "The payment does not cover the cart";
      return refuse(409, { code: "not_paid", message }, { customer_id });
    }
    const order: Order = {
      order_id: this.#ledger.newId("order", customer_id),
      customer_id,
      status: "confirmed",
      total_cents: totalCents(cart),
    };
    this.#orders.set(order.order_id, order);
    return { status_code: 201, customer_id, body: { ...order } };
  }

  /** `GET /orders/:id` */
  show(order_id: string): Reaction {
    const order = this.#orders.get(order_id);
    if (!order) return unknown("order", order_id);
    const { customer_id } = order;
    return { status_code: 200, customer_id, body: { ...order } };
  }

  /** `POST /orders/:id/refunds` */
  refund(order_id: string, body: JsonObject): Reaction {
    const order = this.#orders.get(order_id);
    if (!order) return unknown("order", order_id);
    const { customer_id, total_cents } = order;
    let { amount_cents } = body;
    if (typeof amount_cents !== "number" || amount_cents > total_cents) {
      const message = `No more than ${total_cents} can be refunded`;
      return refuse(422, { code: "amount_invalid", message }, { customer_id });
    }
    let log: string | undefined;
    if (this.#ledger.fails(customer_id, "short_refund")) {
      const fee_cents = Math.ceil(amount_cents * RESTOCKING_FEE);
      amount_cents -= fee_cents;
      log = `rule "restocking_fee" withheld ${fee_cents} from a refund of ` +
        `${body.amount_cents}`;
    }
    order.status = "refunded";
    const refund_id = this.#ledger.newId("refund", customer_id);
    return {
      status_code: 201,
      customer_id,
      body: { refund_id, order_id, status: "accepted", amount_cents },
      log,
    };
  }
}
