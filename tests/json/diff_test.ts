import assert from "node:assert/strict";
import { test } from "node:test";
import { compareValues } from "../../src/json/diff.ts";
import type { JsonValue } from "../../src/json/value.ts";
import { parsePattern } from "../../src/json/path_pattern.ts";

function compare(a: JsonValue, b: JsonValue, ...ignore: string[]) {
  return compareValues(a, b, ignore.map((text) => parsePattern(text)));
}

test("compareValues() finds nothing where all is the same", () => {
  const value = () => ({
    a: [1, "x", null, { b: [] }, {}],
    "key with space": true,
    constructor: "c",
  });
  const { differences, comparedCount, ignoredCount } = compare(
    value(),
    value(),
  );
  assert.deepEqual(differences, []);
  assert.equal(comparedCount, 7);
  assert.equal(ignoredCount, 0);
});

test("compareValues() reports path, recorded and actual of every difference", () => {
  const found = compare(
    { a: 1, gone: null, deep: { items: [{ price: 1 }, { price: 2 }] }, k: {} },
    {
      a: "1",
      deep: { items: [{ price: 1 }, { price: 3 }, 9] },
      k: [],
      "new one": 0,
    },
  );
  assert.deepEqual(found.differences, [
    { path: "a", recorded: 1, actual: "1" },
    { path: "gone", recorded: null },
    { path: "deep.items[1].price", recorded: 2, actual: 3 },
    { path: "deep.items[2]", actual: 9 },
    { path: "k", recorded: {}, actual: [] },
    { path: '["new one"]', actual: 0 },
  ]);
  assert.equal(found.differencesCount, 6);
  assert.equal(found.comparedCount, 7);
});

test("compareValues() is not deceived by names that every object has", () => {
  const hostile = (json: string): JsonValue => JSON.parse(json);
  for (
    const key of ["constructor", "toString", "__proto__", "hasOwnProperty"]
  ) {
    const recorded = hostile(`{"${key}":{"a":1},"b":1}`);
    const { differences } = compare(recorded, { b: 1 });
    assert.deepEqual(differences, [{ path: key, recorded: { a: 1 } }]);
    assert.deepEqual(compare(recorded, recorded).differences, []);
    assert.equal(compare({ b: 1 }, recorded).differencesCount, 1);
  }
});

test("compareValues() ignores what a pattern covers, and counts it", () => {
  const a = {
    headers: { date: "x", "x-id": "1" },
    body: { items: [{ id: 1, n: 1 }, { id: 2, n: 2 }], id: 1 },
  };
  const b = {
    headers: { date: "y", "x-id": "2" },
    body: { items: [{ id: 8, n: 1 }, { id: 9, n: 3 }], id: 7 },
  };
  const differing = (...ignore: string[]) => {
    const found = compare(a, b, ...ignore);
    return [found.differences.map(({ path }) => path), found.ignored];
  };
  assert.deepEqual(differing("headers.date", "headers.x-id", "body.**.id"), [
    ["body.items[1].n"],
    [
      "headers.date",
      'headers["x-id"]',
      "body.items[0].id",
      "body.items[1].id",
      "body.id",
    ],
  ]);
  assert.deepEqual(differing("headers", "body.items[*].id", "*.id"), [
    ["body.items[1].n"],
    ["headers", "body.items[0].id", "body.items[1].id", "body.id"],
  ]);
  assert.deepEqual(differing('headers["x-id"]', "body.items[1]"), [
    ["headers.date", "body.items[0].id", "body.id"],
    ['headers["x-id"]', "body.items[1]"],
  ]);
  assert.deepEqual(differing("**"), [[], [""]]);
  assert.equal(compare(a, b, "**").comparedCount, 0);
  assert.deepEqual(differing("date", "body.items[2]")[1], []);
});

test("compareValues() lists a hundred differences and counts all", () => {
  const many = (first: number) =>
    Array.from({ length: 5000 }, (_, i) => first + i);
  const found = compare(many(0), many(1));
  assert.equal(found.differences.length, 100);
  assert.equal(found.differencesCount, 5000);
  const ignoring = compare(many(0), many(1), "[*]");
  assert.equal(ignoring.ignored.length, 100);
  assert.equal(ignoring.ignoredCount, 5000);
});

test("parsePattern() refuses what is not a path", () => {
  for (
    const wrong of ["", "a.", "a..b", "a[b]", "a[", "a]", '["\\q"]', '["a"']
  ) {
    assert.throws(() => parsePattern(wrong), { code: "INVALID_OPTION" }, wrong);
  }
  assert.throws(() => parsePattern(7 as unknown as string), {
    code: "INVALID_OPTION",
  });
});
