import assert from "node:assert/strict";
import { test } from "node:test";
import { InstanceIds } from "../../src/format/instance_ids.ts";

test("InstanceIds distinguishes ids that look alike", () => {
  const ids = [
    "inst_001",
    "inst_0001",
    "inst_002",
    "inst_999",
    "inst_1000",
    "inst_2047",
    "inst_2048",
    "inst_999999999999999",
    "inst_9999999999999999",
    "inst_01",
    "inst_",
    "other",
    "été",
  ];
  const set = new InstanceIds();
  for (const [i, id] of ids.entries()) {
    assert.equal(set.has(id), false, id);
    set.add(id);
    set.add(id);
    assert.equal(set.has(id), true, id);
    assert.equal(set.size, i + 1);
  }
  assert.deepEqual([...set], [...ids].sort());
});

test("InstanceIds holds what a Set holds", () => {
  const set = new InstanceIds();
  const model = new Set<string>();
  let state = 1;
  for (let i = 0; i < 5000; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const id = `inst_${String(state % 6000).padStart(3, "0")}`;
    assert.equal(set.has(id), model.has(id));
    if (state & 0x10000) {
      set.add(id);
      model.add(id);
    }
  }
  assert.equal(set.size, model.size);
  assert.deepEqual([...set], [...model].sort());
});
