/** Globals of the runtime, behind the fakes of tests. */
import assert from "node:assert/strict";
import FakeTimers from "@sinonjs/fake-timers";
import { mock, test } from "node:test";
import { genuine } from "../../src/time/genuine.ts";

const NAMES = [
  "setTimeout",
  "clearTimeout",
  "setInterval",
  "clearInterval",
  "queueMicrotask",
  "performance",
] as const;

test("genuine() returns what the runtime has", () => {
  for (const name of NAMES) assert.equal(genuine(name), globalThis[name], name);
});

test("genuine() returns what the runtime has behind fake timers", () => {
  const own = NAMES.map((name) => globalThis[name]);
  const fake = FakeTimers.install({ toNotFake: ["nextTick"] });
  try {
    for (const [i, name] of NAMES.entries()) {
      assert.notEqual(globalThis[name], own[i], name);
      assert.equal(genuine(name), own[i], name);
    }
  } finally {
    fake.uninstall();
  }
});

test("genuine() returns undefined for a fake that hides the original, and for what is missing", () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    assert.equal(genuine("setTimeout"), undefined);
  } finally {
    mock.timers.reset();
  }
  assert.equal(genuine("noSuchFunction" as "fetch"), undefined);
});
