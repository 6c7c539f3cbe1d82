import assert from "node:assert/strict";
import { test } from "node:test";
import {
  GrowingFloats,
  InstanceIndex,
} from "../../src/format/instance_index.ts";
import { InstanceLedger } from "../../src/read/instance_ledger.ts";

test("InstanceIndex assigns each instance an index of its own, always the same", () => {
  const ids = [
    ...["001", "0001", "1", "015", "016", "017", "1000", "01000", "x", "é"].map(
      (name) => `inst_${name}`,
    ),
    "inst_999999999999999",
    "inst_9999999999999999",
    "8d3b7c5e-0000-4000-8000-000000000000",
  ];
  const index = new InstanceIndex();
  const indexes = ids.map((id) => index.indexOf(id));
  assert.equal(new Set(indexes).size, ids.length);
  assert.deepEqual(ids.map((id) => index.indexOf(id)), indexes);
  assert.deepEqual(ids.map((id) => index.find(id)), indexes);
});

test("InstanceIndex.find() assigns no index", () => {
  const index = new InstanceIndex();
  for (const id of ["inst_001", "inst_020", "x"]) {
    assert.equal(index.find(id), undefined);
  }
  assert.equal(index.indexOf("x"), 0);
});

test("GrowingFloats grows with its indexes", () => {
  const floats = new GrowingFloats();
  for (const index of [0, 1023, 1024, 100_000]) {
    assert.equal(floats.get(index), 0);
    floats.set(index, index + 1);
  }
  for (const index of [0, 1023, 1024, 100_000]) {
    assert.equal(floats.get(index), index + 1);
  }
});

test("InstanceLedger detects repeats and gaps in any order of steps", () => {
  let state = 1;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  for (let round = 0; round < 200; round++) {
    const count = 1 + random(30);
    const lost = random(3) === 0 ? random(count) : undefined;
    const indexes = Array.from({ length: count }, (_, i) => i)
      .filter((index) => index !== lost);
    for (let i = indexes.length - 1; i > 0; i--) {
      const j = random(i + 1);
      [indexes[i], indexes[j]] = [indexes[j]!, indexes[i]!];
    }
    const ledger = new InstanceLedger();
    for (const index of indexes) assert.ok(ledger.addStep("a", "c", index));
    for (const index of indexes) assert.ok(!ledger.addStep("a", "c", index));
    const isGap = lost !== undefined && lost < count - 1;
    assert.deepEqual(
      [...ledger.gaps()],
      isGap ? [{ instance_id: "a", step_index: lost }] : [],
    );
    assert.equal(ledger.stepCount("a"), lost ?? count);
  }
});

test("InstanceLedger keeps attempts apart, with any text as their ids", () => {
  const ledger = new InstanceLedger();
  ledger.addInstance("a", "main\nid");
  for (const id of ["main\nid", "other", "a\nmain"]) {
    assert.ok(ledger.addStep("a", id, 0));
    assert.ok(ledger.addStep("a", id, 2));
  }
  assert.equal([...ledger.gaps()].length, 3);
  assert.deepEqual([...ledger.furtherAttempts()], [
    { instance_id: "a", correlationIds: ["other", "a\nmain"] },
  ]);
  assert.equal(ledger.isMain("a", "main\nid"), true);
  assert.equal(ledger.isMain("a", "other"), false);
});

test("InstanceLedger reports that steps are too far out of order, and no gap", () => {
  const ledger = new InstanceLedger(10);
  for (let index = 10; index > 0; index--) ledger.addStep("a", "c", index);
  assert.equal(ledger.lostOrder, false);
  ledger.addStep("a", "c", 0);
  assert.deepEqual([...ledger.gaps()], []);
  for (let index = 31; index > 10; index--) ledger.addStep("a", "c", index);
  assert.equal(ledger.lostOrder, true);
  assert.deepEqual([...ledger.gaps()], []);
  // Room that was given back is there again.
  const again = new InstanceLedger(10);
  for (let start = 0; start < 100; start += 10) {
    for (let index = start + 9; index >= start; index--) {
      assert.ok(again.addStep("a", "c", index));
    }
  }
  assert.equal(again.lostOrder, false);
});

test("InstanceLedger counts instances that did not complete once", () => {
  const ledger = new InstanceLedger();
  ledger.addInstance("a", "c");
  ledger.addStep("a", "c", 0);
  ledger.addStep("b", "c", 0);
  ledger.addAssertion("b", "c", 0);
  ledger.addAssertion("d", "c", null);
  assert.equal(ledger.inFlightCount, 2);
  assert.equal(ledger.addInstance("a", "c"), false);
});

test("InstanceLedger answers questions about unknown instances and registers none", () => {
  const asked = new InstanceLedger();
  const ids = ["inst_001", "inst_002", "x"];
  const ask = () =>
    ids.map((id) => [
      asked.isMain(id, "first"),
      asked.isMain(id, "second"),
      asked.isCompleted(id),
      asked.stepCount(id),
    ]);
  const unknown = [false, false, false, 0];
  assert.deepEqual(ask(), ids.map(() => unknown));
  assert.deepEqual(ask(), ids.map(() => unknown));
  assert.equal(asked.inFlightCount, 0);
  assert.equal(asked.hasGaps, false);
  assert.deepEqual([...asked.gaps(), ...asked.furtherAttempts()], []);

  // What was asked about "first" does not make it the main attempt.
  for (const id of ids) assert.ok(asked.addStep(id, "second", 0));
  assert.deepEqual(ask(), ids.map(() => [false, true, false, 1]));
  assert.equal(asked.inFlightCount, ids.length);
  assert.deepEqual([...asked.furtherAttempts()], []);
});

test("InstanceLedger answers about an instance whose neighbour alone is registered", () => {
  const ledger = new InstanceLedger();
  ledger.addInstance("inst_001", "c");
  ledger.addStep("inst_001", "c", 0);
  assert.equal(ledger.isMain("inst_002", "c"), false);
  assert.equal(ledger.isCompleted("inst_002"), false);
  assert.equal(ledger.stepCount("inst_002"), 0);
  assert.equal(ledger.inFlightCount, 0);
  ledger.addStep("inst_002", "c", 0);
  assert.equal(ledger.inFlightCount, 1);
});
