import assert from "node:assert/strict";
import { test } from "node:test";
import { closestName } from "../../src/check/closest_name.ts";

const NAMES = ["baseUrl", "durability", "run_id", "seed"];

test("closestName() finds what was meant, and nothing where that is far", () => {
  const cases: Record<string, string | undefined> = {
    base_url: "baseUrl",
    "base-url": "baseUrl",
    RUNID: "run_id",
    sede: "seed",
    durabilty: "durability",
    duration_ms: undefined,
    zzzz: undefined,
  };
  for (const [name, meant] of Object.entries(cases)) {
    assert.equal(closestName(name, NAMES), meant, name);
  }
  assert.equal(closestName("seed", []), undefined);
});
