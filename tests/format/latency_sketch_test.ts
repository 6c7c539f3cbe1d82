import assert from "node:assert/strict";
import { test } from "node:test";
import { LatencySketch } from "../../src/format/latency_sketch.ts";

/** A generator that gives the same numbers everywhere. */
function* numbers(seed: number, count: number): Generator<number> {
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const SHAPES: Record<string, (u: number) => number> = {
  uniform: (u) => u * 100,
  exponential: (u) => -20 * Math.log(1 - u),
  "heavy-tailed": (u) => 1 / (1 - u) ** 2,
  tiny: (u) => 1e-5 + u * 1e-3,
  constant: () => 42,
  "with zeros": (u) => u < 0.3 ? 0 : u * 10,
};

for (const [shape, draw] of Object.entries(SHAPES)) {
  test(`LatencySketch is within 1 % for ${shape} values`, () => {
    const sketch = new LatencySketch();
    const values = [...numbers(7, 20_000)].map(draw);
    for (const value of values) sketch.add(value);
    values.sort((a, b) => a - b);
    for (const q of [0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
      const exact = values[Math.floor(q * (values.length - 1))]!;
      const error = Math.abs(sketch.quantile(q)! - exact);
      assert.ok(error <= 0.0101 * exact, `q ${q}: ${error} of ${exact}`);
    }
    assert.equal(sketch.count, 20_000);
  });
}

test("LatencySketch returns null when no value was added", () => {
  assert.equal(new LatencySketch().quantile(0.5), null);
});

test("LatencySketch accepts the smallest and the largest values", () => {
  const sketch = new LatencySketch();
  for (const value of [0, Number.MIN_VALUE, 1e-7, 1e9, 1e300]) {
    sketch.add(value);
  }
  assert.equal(sketch.quantile(0), 0);
  assert.ok(Math.abs(sketch.quantile(1)! - 1e9) <= 1e7);
});
