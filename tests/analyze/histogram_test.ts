import assert from "node:assert/strict";
import { test } from "node:test";
import { histogramOf } from "../../src/analyze/histogram.ts";
import { LatencySketch } from "../../src/format/latency_sketch.ts";

function histogram(values: number[]) {
  const sketch = new LatencySketch();
  for (const value of values) sketch.add(value);
  return histogramOf(sketch.record());
}

test("histogramOf() counts each value in the bucket whose bounds enclose it", () => {
  const values = [0.001, 0.5, 4, 4.1, 5, 34, 120, 250, 86_400_000];
  const buckets = histogram(values);
  for (const { fromMs, toMs, count } of buckets) {
    assert.equal(
      count,
      values.filter((value) => value > fromMs && value <= toMs).length,
      `${fromMs} to ${toMs}`,
    );
  }
  const counted = buckets.reduce((sum, { count }) => sum + count, 0);
  assert.equal(counted, values.length);
});

test("histogramOf() has buckets of 20 % without gaps, none of them empty at its ends", () => {
  const buckets = histogram([4, 250]);
  assert.deepEqual([buckets.at(0)!.count, buckets.at(-1)!.count], [1, 1]);
  for (const [i, { fromMs, toMs }] of buckets.entries()) {
    assert.equal(Math.round(100 * toMs / fromMs), 120);
    if (i > 0) assert.equal(fromMs, buckets[i - 1]!.toMs);
  }
});

test("histogramOf() has zeros in a bucket of their own, and nothing of no values", () => {
  assert.deepEqual(histogram([]), []);
  assert.deepEqual(histogram([0, 0]), [{ fromMs: 0, toMs: 0, count: 2 }]);
  const [zeros, next] = histogram([0, 4]);
  assert.deepEqual([zeros!.fromMs, zeros!.count, next!.count], [0, 1, 1]);
  assert.equal(zeros!.toMs, next!.fromMs);
});
