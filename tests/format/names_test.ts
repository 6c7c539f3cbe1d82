import assert from "node:assert/strict";
import { test } from "node:test";
import { assertSafeName, isSafeName } from "../../src/format/names.ts";
import { SAFE, UNSAFE } from "../support/name_samples.ts";

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

test("assertSafeName() rejects a name that is not in NFC", () => {
  for (const name of ["e\u0301t\u00e9", "\u212b.png", "\u1100\u1161"]) {
    assert.throws(() => assertSafeName("a run id", name), {
      code: "UNSAFE_NAME",
      message: /NFC/,
    });
    assert.equal(isSafeName(name.normalize("NFC")), true);
  }
});

test("assertSafeName() rejects what is not a string", () => {
  for (const value of [undefined, null, 1, {}, ["a"]]) {
    assert.throws(() => assertSafeName("a run id", value), {
      code: "UNSAFE_NAME",
      message: /is not a string/,
    });
  }
});
