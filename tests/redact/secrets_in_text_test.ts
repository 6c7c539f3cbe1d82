import assert from "node:assert/strict";
import { test } from "node:test";
import {
  isTextWithSecrets,
  placeholdersIn,
  redactedPaths,
  withSecrets,
} from "../../src/redact/secrets_in_text.ts";

test("withSecrets() puts values back, and leaves what it has not", () => {
  const value = {
    headers: { authorization: { $secret: "token" }, plain: "x" },
    body: [{ $secret: "pin" }, { $secret: "token", more: 1 }, { $secret: 7 }],
  };
  const token = ({ name }: { name: string }) =>
    name === "token" ? "t0p" : undefined;
  assert.deepEqual(withSecrets(value, token), {
    headers: { authorization: "t0p", plain: "x" },
    body: [{ $secret: "pin" }, { $secret: "token", more: 1 }, { $secret: 7 }],
  });
  assert.deepEqual(redactedPaths(value), [["headers", "authorization"], [
    "body",
    0,
  ]]);
});

test("secrets are put back into forms, queries, JSON and multipart bodies", () => {
  const mark = '{"$secret":"pin","id":3}';
  const encoded = encodeURIComponent(mark);
  const cookie = encodeURIComponent('{"$secret":"cookie","text":"sid=${2}"}');
  const secret = 'a&"b';
  for (
    const [text, filled] of [
      [
        `user=ada&pin=${encoded}&n=1`,
        `user=ada&pin=${encodeURIComponent(secret)}&n=1`,
      ],
      [`/login?pin=${encoded}`, `/login?pin=${encodeURIComponent(secret)}`],
      [`{"pin":${mark}}`, `{"pin":${JSON.stringify(secret)}}`],
      [`--b\r\n\r\n${mark}\r\n--b--`, `--b\r\n\r\n${secret}\r\n--b--`],
      [`c=${cookie}`, `c=${encodeURIComponent(secret)}`],
      ['{"$secret":7}', '{"$secret":7}'],
    ] as const
  ) assert.equal(withSecrets(text, () => secret), filled);
  assert.deepEqual(
    placeholdersIn(`a=${encoded}&b=${cookie}`).map(({ name, id, text }) => [
      name,
      id,
      text,
    ]),
    [["pin", 3, undefined], ["cookie", undefined, "sid=${2}"]],
  );
});

test("a text is compared around its secrets", () => {
  const recorded = `/back?code=${encodeURIComponent('{"$secret":"code"}')}&x=1`;
  assert.ok(isTextWithSecrets(recorded, "/back?code=abc&x=1"));
  assert.ok(!isTextWithSecrets(recorded, "/back?code=abc&x=2"));
  assert.ok(!isTextWithSecrets(recorded, "/back?code=abc&y=2&x=1"));
});
