import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { reviveValues } from "../../src/json/revive_values.ts";
import { toErrorFields, toJsonValue } from "../../src/json/typed_value.ts";
import { whatIsKept } from "../support/kept_values.ts";
import { inspectJson } from "../../src/json/value.ts";

const { rawJSON: rawJson } = JSON as unknown as {
  rawJSON: (text: string) => unknown;
};

function written(value: unknown): unknown {
  return JSON.parse(JSON.stringify(toJsonValue(value)));
}

/**
 * With the entries of maps and sets in lists: Bun compares a map with two keys of
 * the same form to itself, and says that it differs.
 */
function inEntries(value: unknown): unknown {
  if (value instanceof Map || value instanceof Set) {
    return [value.constructor.name, [...value].map(inEntries)];
  }
  // A list may have holes, which `map` keeps.
  if (Array.isArray(value)) return value.map(inEntries);
  if (typeof value !== "object" || value === null) return value;
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  const copy = Object.create(prototype);
  for (const key of Reflect.ownKeys(value)) {
    Object.defineProperty(copy, key, {
      ...Object.getOwnPropertyDescriptor(value, key),
      value: inEntries((value as Record<PropertyKey, unknown>)[key]),
    });
  }
  return copy;
}

test("reviveValues() restores any value that toJsonValue() was given", () => {
  const anything = fc.anything({
    key: fc.oneof(fc.string(), fc.constantFrom("$type", "__proto__", "value")),
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(anything, (value) => {
      assert.deepEqual(
        inEntries(reviveValues(written(value))),
        inEntries(whatIsKept(value)),
      );
    }),
    { numRuns: 2000 },
  );
});

test("toJsonValue() leaves plain JSON as it is, byte for byte", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const verdict = inspectJson(value);
    if (verdict !== "clean") return;
    assert.equal(JSON.stringify(toJsonValue(value)), JSON.stringify(value));
  }));
});

test("reviveValues() restores errors with their class, stack, cause and fields", () => {
  const cause = new RangeError("below");
  const error = Object.assign(new TypeError("above", { cause }), { code: "E" });
  const revived = reviveValues(written({ error })) as { error: TypeError };
  assert(revived.error instanceof TypeError);
  assert.equal(revived.error.message, "above");
  assert.equal(revived.error.stack, error.stack);
  assert.equal((revived.error as { code?: string }).code, "E");
  assert(revived.error.cause instanceof RangeError);
  const { name, message, stack, cause: below } = toErrorFields(error);
  assert.deepEqual([name, message, stack], ["TypeError", "above", error.stack]);
  assert.deepEqual(
    (below as { value: { message: string } }).value.message,
    "below",
  );
});

test("toErrorFields() takes whatever was thrown", () => {
  assert.deepEqual(toErrorFields("gone"), {
    name: "Error",
    message: "gone",
    stack: null,
    cause: null,
  });
  assert.deepEqual(toErrorFields({ code: 7 }).cause, { code: 7 });
  const one = new RangeError("one");
  assert.deepEqual(
    toErrorFields(new AggregateError([one], "all")).errors,
    [toJsonValue(one)],
  );
});

test("toErrorFields() takes an object in the form of an error as one", () => {
  const shown = {
    name: "AssertionError",
    message: "1 is not 2",
    stack: "at a",
  };
  assert.deepEqual(toErrorFields({ ...shown, expected: 2, actual: 1 }), {
    ...shown,
    cause: null,
    expected: 2,
    actual: 1,
  });
  const { name, message } = toErrorFields({ message: "gone", stack: "at b" });
  assert.deepEqual([name, message], ["Error", "gone"]);
  // Data that has a message is not yet an error.
  assert.deepEqual(toErrorFields({ message: "gone" }).cause, {
    message: "gone",
  });
});

for (const what of ["an error", "an object in its form"]) {
  test(`toErrorFields() keeps what can be read of ${what}`, () => {
    const unreadable = () => {
      throw new Error("boom");
    };
    const base = what === "an error" ? new TypeError("no") : {
      __proto__: null, // As Vitest makes them.
      name: "TypeError",
      message: "no",
    };
    for (const key of ["stack", "cause", "diff", "errors"]) {
      Object.defineProperty(base, key, {
        get: unreadable,
        enumerable: true,
        configurable: true,
      });
    }
    const thrown = { $type: "thrown", value: "boom" };
    assert.deepEqual(toErrorFields(base), {
      name: "TypeError",
      message: "no",
      stack: null,
      cause: thrown,
      diff: thrown,
    });
    Object.defineProperty(base, "message", { get: unreadable });
    Object.defineProperty(base, "stack", { value: "at c" });
    const { name, message, stack } = toErrorFields(base);
    assert.deepEqual(
      [name, message, stack],
      ["TypeError", "something that cannot be read", "at c"],
    );
  });
}

const FORMS: [name: string, value: unknown, form: unknown][] = [
  ["a number of too many digits", rawJson("12345678901234567890"), {
    $type: "number",
    value: "12345678901234567890",
  }],
  ["headers", new Headers({ a: "b" }), {
    $type: "Headers",
    value: [["a", "b"]],
  }],
  ["search parameters", new URLSearchParams("a=1&a=2"), {
    $type: "URLSearchParams",
    value: "a=1&a=2",
  }],
  ["a function", function pay() {}, { $type: "function", value: "pay" }],
  ["a symbol", Symbol("s"), { $type: "symbol", value: "s" }],
  ["a value of another realm", runInNewContext("new Map([[1, new Date(0)]])"), {
    $type: "Map",
    value: [[1, { $type: "Date", value: "1970-01-01T00:00:00.000Z" }]],
  }],
  [
    "a class",
    new (class Money {
      amount = 5;
    })(),
    { $type: "class", name: "Money", value: { amount: 5 } },
  ],
  ["a boxed number", Object(5), {
    $type: "class",
    name: "Number",
    value: {},
    text: "5",
  }],
  ["a getter that throws", {
    get a() {
      throw new Error("boom");
    },
  }, { a: { $type: "thrown", value: "boom" } }],
  ["an own $type", { $type: "bigint", value: "1" }, {
    $type: "object",
    value: { $type: "bigint", value: "1" },
  }],
];

for (const [name, value, form] of FORMS) {
  test(`toJsonValue() keeps ${name}`, () => {
    assert.deepEqual(written({ in: [value] }), { in: [form] });
  });
}

test("toJsonValue() ends what is nested too deep, and never fails", () => {
  let deep: unknown = "end";
  for (let i = 0; i < 10_000; i++) deep = [deep];
  assert.match(JSON.stringify(toJsonValue(deep)), /\{"\$type":"truncated"\}/);
  assert.equal(inspectJson(toJsonValue(deep)), "typed");
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const odd = {
    a: revoked.proxy,
    b: new Proxy({}, { ownKeys: () => 1 as never }),
  };
  assert.notEqual(inspectJson(toJsonValue(odd)), "bad");
});

test("toJsonValue() keeps an object of a class that is named like a method", () => {
  const value = new (class toString {
    sum = 3;
  })();
  const kept = { $type: "class", name: "toString", value: { sum: 3 } };
  assert.deepEqual(toJsonValue(value), kept);
});
