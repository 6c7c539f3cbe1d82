import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "../../../mod.ts";
import { findLinks } from "../../../src/replay/links/find_links.ts";

/** The links from an answer to the next request, as places. */
function placesOf(
  answer: JsonValue,
  request: JsonValue,
  before: JsonValue = {},
): string[] {
  const steps = [
    { step_index: 0, request: before, observation: { body: answer } },
    { step_index: 1, request, observation: {} },
  ];
  return findLinks(steps, {}).map(({ from, to }) =>
    `${from.path} > ${to.path}`
  );
}

const FOUND: Record<string, [JsonValue, JsonValue, string[]]> = {
  "a bearer token": [
    { token: "eyJhbGciOi.J9" },
    { headers: { authorization: "Bearer eyJhbGciOi.J9" } },
    ["body.token > headers.authorization"],
  ],
  "basic credentials": [
    { api_key: "k3y-77aa" },
    { headers: { authorization: `Basic ${btoa("me:k3y-77aa")}` } },
    ["body.api_key > headers.authorization"],
  ],
  "a short id in a path": [
    { id: 7, quantity: 3 },
    { url: "/orders/7/items?limit=3" },
    ["body.id > url.path[1]"],
  ],
  "an encoded parameter": [
    { cursor: "ab+c/9=" },
    { url: `/list?cursor=${encodeURIComponent("ab+c/9=")}` },
    ["body.cursor > url.query.cursor"],
  ],
  "a field of a form": [
    '<form><input type="hidden" name="_csrf" value="x9-Zk2"></form>',
    { body: "name=me&_csrf=x9-Zk2" },
    ["body.field._csrf > body._csrf"],
  ],
  "a longer text": [
    { id: "order_81hd" },
    { body: { note: "about order_81hd, please" } },
    ["body.id > body.note"],
  ],
  "a word is no id": [
    { status: "pending", city: "Lisbon", type: "application/json" },
    {
      url: "/list?status=pending&city=Lisbon",
      headers: { accept: "application/json" },
    },
    [],
  ],
  "a number among numbers": [{ total: 4200 }, { body: { amount: 4200 } }, []],
};

for (const [what, [answer, request, places]] of Object.entries(FOUND)) {
  test(`findLinks(): ${what}`, () =>
    assert.deepEqual(placesOf(answer, request), places));
}

test("findLinks() leaves out what was known before an answer had it", () => {
  const answer = { cart_id: "cart_77ab" };
  const request = { url: "/carts/cart_77ab" };
  assert.equal(placesOf(answer, request).length, 1);
  assert.deepEqual(placesOf(answer, request, { body: "cart_77ab" }), []);
  const steps = [
    { step_index: 0, request: {}, observation: { body: answer } },
    { step_index: 1, request, observation: {} },
  ];
  assert.deepEqual(findLinks(steps, { cart: "cart_77ab" }), []);
});

test("findLinks() takes the latest answer with a value", () => {
  const body = { cart_id: "cart_77ab" };
  const request = { url: "/carts/cart_77ab" };
  const steps = [0, 1, 2].map((step_index) => ({
    step_index,
    request: step_index === 2 ? request : {},
    observation: { body },
  }));
  assert.equal(findLinks(steps, {})[0]!.from.step_index, 1);
});
