import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../../../mod.ts";
import { findLinks } from "../../../src/replay/links/find_links.ts";
import { LinkFollower } from "../../../src/replay/links/follow_links.ts";

/** The next request, with what a new answer gave. */
function follow(
  recorded: JsonValue,
  actual: JsonValue,
  request: JsonValue,
): JsonValue | undefined {
  const steps = [
    { step_index: 0, request: {}, observation: { body: recorded } },
    { step_index: 1, request, observation: {} },
  ];
  const follower = new LinkFollower(findLinks(steps, {}), steps);
  follower.observe(0, { body: actual });
  return follower.follow(1, request).request;
}

test("a new value is written as the recorded one was", () => {
  assert.deepEqual(
    follow({ cursor: "a/9=bcd" }, { cursor: "z/1=&x" }, {
      url: "/list?cursor=a%2F9%3Dbcd&limit=5",
    }),
    { url: "/list?cursor=z%2F1%3D%26x&limit=5" },
  );
  assert.deepEqual(
    follow({ key: "k3y-77aa" }, { key: "n3w-1" }, {
      headers: { authorization: `Basic ${btoa("me:k3y-77aa")}` },
    }),
    { headers: { authorization: `Basic ${btoa("me:n3w-1")}` } },
  );
  assert.deepEqual(
    follow({ id: 7 }, { id: 12 }, { url: "/orders/7", body: { order_id: 7 } }),
    { url: "/orders/12", body: { order_id: 12 } },
  );
});

test("of a list in another order, the element that is most alike is taken", () => {
  const item = (id: string, name: string) => ({ id, name });
  assert.deepEqual(
    follow(
      [item("item-1a", "pen"), item("item-1b", "cup")],
      [item("item-2b", "cup"), item("item-2a", "pen")],
      { url: "/items/item-1a" },
    ),
    { url: "/items/item-2a" },
  );
  // A value that the list still has is not a new one.
  assert.deepEqual(
    follow([item("sku-81", "a"), item("sku-82", "b")], [
      item("sku-82", "x"),
      item("sku-81", "y"),
    ], { url: "/items/sku-81" }),
    { url: "/items/sku-81" },
  );
});

test("a value of another type is not followed", () => {
  assert.deepEqual(
    follow({ id: "cart_77ab" }, { id: 5 }, { url: "/carts/cart_77ab" }),
    { url: "/carts/cart_77ab" },
  );
});
