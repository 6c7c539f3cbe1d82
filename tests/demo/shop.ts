/**
 * The business behind the service, in memory. No answer holds a time, and every
 * id is drawn from the seed and the customer, so the same customer gets the
 * same answers in every run with that seed.
 *
 * @module
 */
import type { JsonObject, Seed } from "../../mod.ts";
import { Carts } from "./carts.ts";
import type { FaultPlan } from "./faults.ts";
import { Ledger } from "./ledger.ts";
import { Orders } from "./orders.ts";
import { Payments } from "./payments.ts";
import { type Reaction, refuse } from "./reaction.ts";

type Handler = (id: string, body: JsonObject) => Reaction;
type Route = [method: string, path: RegExp, handler: Handler];

/** A shop with the data of its customers. */
export class Shop {
  readonly #routes: readonly Route[];

  constructor(seed: Seed, faults: FaultPlan) {
    const ledger = new Ledger(seed, faults);
    const carts = new Carts(ledger);
    const payments = new Payments(ledger, carts);
    const orders = new Orders(ledger, carts);
    this.#routes = [
      ["POST", /^\/carts$/, (_, body) => carts.create(body)],
      [
        "POST",
        /^\/carts\/(\w+)\/items$/,
        (id, body) => carts.addItem(id, body),
      ],
      ["POST", /^\/payments$/, (_, body) => payments.pay(body)],
      ["POST", /^\/orders$/, (_, body) => orders.place(body)],
      [
        "POST",
        /^\/orders\/(\w+)\/refunds$/,
        (id, body) => orders.refund(id, body),
      ],
      ["GET", /^\/orders\/(\w+)$/, (id) => orders.show(id)],
    ];
  }

  /** Reacts to a request, at once: waiting is the server's part. */
  handle(method: string, path: string, body: JsonObject): Reaction {
    for (const [wanted, pattern, handler] of this.#routes) {
      const match = wanted === method ? pattern.exec(path) : null;
      if (match) return handler(match[1] ?? "", body);
    }
    const message = `There is no ${method} ${path}`;
    return refuse(404, { code: "no_such_route", message });
  }
}
