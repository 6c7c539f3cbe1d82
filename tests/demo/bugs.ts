/**
 * Bugs that the shop can be given: each breaks one field of the answers of a step.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../../mod.ts";
import type { Reaction } from "./reaction.ts";
import { Shop } from "./shop.ts";

/** A bug, and where it shows. */
export interface Bug {
  /** The step whose answers are wrong. */
  step: string;
  /** The field of the body that is wrong, or `status_code`. */
  field: string;
  /** What is done to the answers. */
  break(reaction: Reaction): Reaction;
}

const ROUTES: readonly [step: string, method: string, path: RegExp][] = [
  ["create_cart", "POST", /^\/carts$/],
  ["add_item", "POST", /^\/carts\/\w+\/items$/],
  ["pay", "POST", /^\/payments$/],
  ["place_order", "POST", /^\/orders$/],
  ["refund", "POST", /^\/orders\/\w+\/refunds$/],
  ["show_order", "GET", /^\/orders\/\w+$/],
];

/** The 30 bugs. */
export const BUGS: readonly Bug[] = [
  status("create_cart", 500),
  status("create_cart", 200),
  gone("create_cart", "cart_id"),
  field("create_cart", "currency", () => "USD"),
  field("create_cart", "total_cents", () => 100),
  status("add_item", 503),
  field("add_item", "total_cents", (cents) => Number(cents) - 1),
  field("add_item", "total_cents", (cents) => Number(cents) * 2),
  field("add_item", "total_cents", String),
  gone("add_item", "total_cents"),
  field("add_item", "currency", () => null),
  field("add_item", "customer_id", () => "cust_0000"),
  status("pay", 402),
  status("pay", 504),
  field("pay", "status", () => "pending"),
  gone("pay", "status"),
  field("pay", "amount_cents", (cents) => Number(cents) / 100),
  status("place_order", 409),
  status("place_order", 500),
  field("place_order", "total_cents", (cents) => Number(cents) - 1),
  field("place_order", "total_cents", () => 0),
  field("place_order", "status", () => "draft"),
  field("place_order", "order_id", () => "order_unknown"),
  status("refund", 422),
  field("refund", "amount_cents", (cents) => Math.floor(Number(cents) * 0.85)),
  field("refund", "amount_cents", (cents) => -Number(cents)),
  field("refund", "status", () => "rejected"),
  status("show_order", 404),
  field("show_order", "status", () => "confirmed"),
  gone("show_order", "customer_id"),
];

/** Runs something against a shop that has a bug. */
export async function withBug<T>(bug: Bug, run: () => Promise<T>): Promise<T> {
  const { handle } = Shop.prototype;
  Shop.prototype.handle = function (method, path, body) {
    const reaction = handle.call(this, method, path, body);
    const [step] =
      ROUTES.find(([, wanted, pattern]) =>
        wanted === method && pattern.test(path)
      ) ?? [];
    return step === bug.step ? bug.break(reaction) : reaction;
  };
  try {
    return await run();
  } finally {
    Shop.prototype.handle = handle;
  }
}

function status(step: string, status_code: number): Bug {
  const error = { code: "broken", message: "It is broken" };
  return {
    step,
    field: "status_code",
    break: (reaction) => ({
      ...reaction,
      status_code,
      body: status_code < 400 ? reaction.body : { error },
    }),
  };
}

function field(
  step: string,
  name: string,
  change: (value: JsonValue | undefined) => JsonValue,
): Bug {
  return {
    step,
    field: name,
    break: (reaction) => ({
      ...reaction,
      body: { ...reaction.body, [name]: change(reaction.body[name]) },
    }),
  };
}

function gone(step: string, name: string): Bug {
  return {
    step,
    field: name,
    break: (reaction) => {
      const { [name]: _, ...body } = reaction.body;
      return { ...reaction, body: body as JsonObject };
    },
  };
}
