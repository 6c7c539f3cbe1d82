import assert from "node:assert/strict";
import { test } from "node:test";
import { isTimestamp } from "../../src/format/timestamp.ts";

// The first that is asked of the module: nothing was checked before.
test("isTimestamp() refuses undefined, whatever was checked before", () => {
  assert.equal(isTimestamp(undefined), false);
  assert.equal(isTimestamp("2024-01-15T10:30:00.000Z"), true);
  for (const value of [undefined, null, "", "2024-01-15T10:30:00Z", 1]) {
    assert.equal(isTimestamp(value), false, String(value));
  }
});
