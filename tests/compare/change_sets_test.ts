import assert from "node:assert/strict";
import { test } from "node:test";
import { ChangeSets } from "../../src/compare/change_sets.ts";

test("ChangeSets gives the same changes one number, in whatever order they come", () => {
  const sets = new ChangeSets();
  const [one, two] = [{ kind: 7, place: 3 }, { kind: 4, place: 9 }];
  const forth = sets.add(sets.add(0, one)!, two)!;
  assert.equal(sets.add(sets.add(0, two)!, one), forth);
  assert.deepEqual(sets.get(forth), [one, two]);
  assert.equal(sets.add(forth, { kind: 7, place: 5 }), forth);
  const earlier = sets.add(forth, { kind: 4, place: 1 })!;
  assert.deepEqual(sets.get(earlier), [{ kind: 4, place: 1 }, one]);
});

test("ChangeSets keeps the first 32 changes, and 10,000 sets", () => {
  const sets = new ChangeSets();
  let number = 0;
  for (let place = 40; place > 0; place--) {
    number = sets.add(number, { kind: place, place })!;
  }
  assert.equal(sets.get(number).length, 32);
  assert.deepEqual(sets.get(number)[0], { kind: 1, place: 1 });
  for (let kind = 100; kind < 10_100; kind++) {
    number = sets.add(0, { kind, place: 1 }) ?? -1;
  }
  assert.equal(number, -1);
});
