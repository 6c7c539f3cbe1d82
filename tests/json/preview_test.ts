import assert from "node:assert/strict";
import { test } from "node:test";
import { compactJson, shorten } from "../../src/json/preview.ts";

test("compactJson() returns JSON in one line, cut where it is too long", () => {
  assert.equal(compactJson({ a: [1, "x\ny"] }), '{"a":[1,"x\\ny"]}');
  assert.equal(compactJson(undefined), "null");
  assert.equal(compactJson("x".repeat(50), 10), `"${"x".repeat(8)}…`);
});

test("shorten() cuts no pair of surrogates", () => {
  for (let length = 1; length <= 6; length++) {
    const short = shorten("a🛒b🛒", length);
    assert.ok(short.isWellFormed(), short);
    assert.ok(short.length <= length + 1, short);
  }
  assert.equal(shorten("a🛒b🛒", 6), "a🛒b🛒");
});
