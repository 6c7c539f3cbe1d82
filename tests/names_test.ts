import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSafeName, isSafeName } from "../src/names.ts";

const UNSAFE = [
  "",
  ".",
  "..",
  "../x",
  "a/b",
  "a\\b",
  "/etc",
  "C:",
  ".hidden",
  "con",
  "CON",
  "nul.txt",
  "com1",
  "LPT9.log",
  "com¹",
  "conin$",
  "aux ",
  "trailing.",
  "trailing ",
  "a\nb",
  "a\u0000b",
  "a\u007fb",
  "a\u0085b",
  "what?",
  "a*",
  "a|b",
  '"',
  "<a>",
  "\ud800",
  "a".repeat(201),
  "a".repeat(300),
  "é".repeat(101),
];

const SAFE = [
  "run_20240115_001",
  "inst_001",
  "page.png",
  "console",
  "com",
  "com10",
  "nullable",
  "a b",
  "a..b",
  "été 東京 🛒",
  "a".repeat(200),
  "é".repeat(100),
  "-x",
];

for (const name of UNSAFE) {
  test(`assertSafeName() refuses ${JSON.stringify(name).slice(0, 40)}`, () => {
    assert.equal(isSafeName(name), false);
    assert.throws(() => assertSafeName("a run id", name), {
      name: "ArtifactError",
      code: "UNSAFE_NAME",
    });
  });
}

test("isSafeName() accepts names that every system can hold", () => {
  for (const name of SAFE) assert.equal(isSafeName(name), true, name);
});

test("assertSafeName() refuses what is no string", () => {
  for (const value of [undefined, null, 1, {}, ["a"]]) {
    assert.throws(() => assertSafeName("a run id", value), {
      code: "UNSAFE_NAME",
      message: /is not a string/,
    });
  }
});
