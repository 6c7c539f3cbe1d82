import assert from "node:assert/strict";
import { test } from "node:test";
import { InstanceRows, NumberColumn } from "../../src/format/instance_index.ts";
import { StepOrder } from "../../src/verify/instance_ledger.ts";

test("InstanceRows gives each instance a row of its own, always the same", () => {
  const ids = [
    ...["001", "0001", "1", "015", "016", "017", "1000", "01000", "x", "é"].map(
      (name) => `inst_${name}`,
    ),
    "inst_999999999999999",
    "inst_9999999999999999",
    "8d3b7c5e-0000-4000-8000-000000000000",
  ];
  const rows = new InstanceRows();
  const given = ids.map((id) => rows.rowOf(id));
  assert.equal(new Set(given).size, ids.length);
  assert.deepEqual(ids.map((id) => rows.rowOf(id)), given);
});

test("NumberColumn grows with its rows", () => {
  const column = new NumberColumn();
  for (const row of [0, 1023, 1024, 100_000]) {
    assert.equal(column.get(row), 0);
    column.set(row, row + 1);
  }
  for (const row of [0, 1023, 1024, 100_000]) {
    assert.equal(column.get(row), row + 1);
  }
});

test("StepOrder finds repeats and gaps in whatever order steps come", () => {
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
    const order = new StepOrder();
    for (const index of indexes) assert.ok(order.addStep("a", "c", index));
    for (const index of indexes) assert.ok(!order.addStep("a", "c", index));
    const isGap = lost !== undefined && lost < count - 1;
    assert.deepEqual(
      [...order.gaps()],
      isGap ? [{ instance_id: "a", step_index: lost }] : [],
    );
    assert.equal(order.stepCount("a"), lost ?? count);
  }
});

test("StepOrder keeps attempts apart, whatever their ids are made of", () => {
  const order = new StepOrder();
  order.addInstance("a", "main\nid");
  for (const id of ["main\nid", "other", "a\nmain"]) {
    assert.ok(order.addStep("a", id, 0));
    assert.ok(order.addStep("a", id, 2));
  }
  assert.equal([...order.gaps()].length, 3);
  assert.deepEqual([...order.severalAttempts()], [
    { instance_id: "a", correlationIds: ["other", "a\nmain"] },
  ]);
  assert.equal(order.isMain("a", "main\nid"), true);
  assert.equal(order.isMain("a", "other"), false);
});

test("StepOrder says so where steps are too far out of order, and invents no gap", () => {
  const order = new StepOrder(10);
  for (let index = 10; index > 0; index--) order.addStep("a", "c", index);
  assert.equal(order.isLost, false);
  order.addStep("a", "c", 0);
  assert.deepEqual([...order.gaps()], []);
  for (let index = 31; index > 10; index--) order.addStep("a", "c", index);
  assert.equal(order.isLost, true);
  assert.deepEqual([...order.gaps()], []);
  // Room that was given back is there again.
  const again = new StepOrder(10);
  for (let start = 0; start < 100; start += 10) {
    for (let index = start + 9; index >= start; index--) {
      assert.ok(again.addStep("a", "c", index));
    }
  }
  assert.equal(again.isLost, false);
});

test("StepOrder counts instances that did not complete once", () => {
  const order = new StepOrder();
  order.addInstance("a", "c");
  order.addStep("a", "c", 0);
  order.addStep("b", "c", 0);
  order.addAssertion("b", "c", 0);
  order.addAssertion("d", "c", null);
  assert.equal(order.inFlight, 2);
  assert.equal(order.addInstance("a", "c"), false);
});
