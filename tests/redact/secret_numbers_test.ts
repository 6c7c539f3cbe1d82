import assert from "node:assert/strict";
import { test } from "node:test";
import { SecretNumbers } from "../../src/redact/secret_numbers.ts";

test("a secret has one number wherever it stands, and its parts have theirs", () => {
  const { mark } = new SecretNumbers();
  const sent = [
    mark("password", "pw"),
    mark("access_token", "t-1"),
    mark("authorization", "Bearer t-1"),
    mark("set-cookie", [
      "sid=s%3A1; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT",
      "lang=en",
    ]),
    mark("Cookie", 'theme=dark; sid="s%3A1"; none='),
    mark("set-cookie", "a=t-1; Expires=Thu, 01 Jan 2099 00:00:00 GMT, b=2"),
    mark("pin", 2),
    mark("x-api-key", "t-1"),
  ];
  assert.deepEqual(sent, [
    { $secret: "password", id: 1 },
    { $secret: "access_token", id: 2 },
    { $secret: "authorization", text: "Bearer ${2}" },
    { $secret: "set-cookie", text: "sid=${3}, lang=${4}" },
    { $secret: "Cookie", text: "theme=${5}; sid=${3}; none=" },
    { $secret: "set-cookie", text: "a=${2}, b=${6}" },
    { $secret: "pin", id: 6 },
    { $secret: "x-api-key", id: 2 },
  ]);
});

test("nothing but schemes and names of cookies is written of a secret", () => {
  const { mark } = new SecretNumbers();
  for (
    const [name, value] of [
      ["authorization", "hunter2 and more"],
      ["authorization", "hunter2"],
      ["authorization", 'Digest username="ada", response="0af7"'],
      ["cookie", "hunter2"],
      ["set-cookie", "hunter 2=x"],
      ["set-cookie", ["a=1", "hunter2"]],
    ] as const
  ) {
    const text = JSON.stringify(mark(name, value));
    assert.match(text, new RegExp(`^{"\\$secret":"${name}"(,"id":\\d)?}$`));
  }
});

test("values that are not texts or numbers, and those over the bounds, have none", () => {
  const numbers = new SecretNumbers();
  const { mark } = numbers;
  const plain = { $secret: "token" };
  for (const value of [true, null, "", ["a"], { a: 1 }, "x".repeat(17_000)]) {
    assert.deepEqual(mark("token", value), plain);
  }
  for (let i = 1; i <= 1000; i++) {
    assert.deepEqual(mark("token", `t${i}`), { ...plain, id: i });
  }
  assert.deepEqual(mark("token", "t1001"), plain);
  assert.deepEqual(mark("token", "t7"), { ...plain, id: 7 });
  numbers.clear();
  for (let i = 1; i <= 16; i++) {
    assert.ok("id" in mark("token", `${i}`.padEnd(16 * 1024)));
  }
  assert.deepEqual(mark("token", "one more"), plain);
});
