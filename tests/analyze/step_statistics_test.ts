import assert from "node:assert/strict";
import { test } from "node:test";
import { openRun, stepStatistics } from "../../mod.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

test("stepStatistics() counts by name, and what has no latency too", () =>
  withTempDir(async (dir) => {
    const path = await recordRun(dir, [
      {
        steps: [
          { step_name: "cart", observation: { ok: true, latency_ms: 10 } },
          { step_name: "pay", observation: { ok: false, latency_ms: 5 } },
          { step_name: "wait" },
        ],
      },
      {
        steps: [{
          step_name: "cart",
          observation: { ok: false, latency_ms: 90 },
        }],
      },
    ]);
    let read = 0;
    const found = await stepStatistics(await openRun(path), {
      onRecord: () => read++,
    });
    assert.equal(read, 4);
    assert.deepEqual(
      found.map(({ name, count, notOk, maxMs }) => [name, count, notOk, maxMs]),
      [["cart", 2, 1, 90], ["pay", 1, 1, 5], ["wait", 1, 0, null]],
    );
    const [cart, , wait] = found;
    assert.equal(cart!.histogram.reduce((sum, { count }) => sum + count, 0), 2);
    assert.deepEqual([wait!.p50Ms, wait!.p95Ms, wait!.histogram], [
      null,
      null,
      [],
    ]);
  }));

test("stepStatistics() counts the names after the 200th together", () =>
  withTempDir(async (dir) => {
    const steps = Array.from(
      { length: 203 },
      (_, i) => ({ step_name: `s${i}` }),
    );
    const path = await recordRun(dir, [{ steps }]);
    const found = await stepStatistics(await openRun(path));
    assert.equal(found.length, 201);
    const { name, count } = found.at(-1)!;
    assert.deepEqual([name, count], ["(other)", 3]);
  }));

test("stepStatistics() gives percentiles within 1 %", () =>
  withTempDir(async (dir) => {
    const steps = Array.from(
      { length: 101 },
      (_, latency_ms) => ({ observation: { latency_ms } }),
    );
    const path = await recordRun(dir, [{ steps }]);
    const [pay] = await stepStatistics(await openRun(path));
    assert.ok(Math.abs(pay!.p50Ms! - 50) <= 0.5);
    assert.ok(Math.abs(pay!.p95Ms! - 95) <= 0.95);
    assert.equal(pay!.maxMs, 100);
  }));
