import assert from "node:assert/strict";
import { test } from "node:test";
import { compareRuns, openRun } from "../../mod.ts";
import { LatencyPairs } from "../../src/compare/latency_pairs.ts";
import { Latencies } from "../../src/compare/latencies.ts";
import { signedRankTest } from "../../src/compare/signed_rank.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const near = (actual: number, expected: number) =>
  assert.ok(
    Math.abs(actual / expected - 1) < 1e-3,
    `${actual} is not near ${expected}`,
  );

test("signedRankTest() gives the chance of differences as great as these", () => {
  const all = Array.from({ length: 20 }, (_, i) => [i + 1, 1] as const);
  // W = 210 of a mean of 105 and a variance of 717.5: z = 3.9013.
  near(signedRankTest(all), 4.784e-5);
  near(signedRankTest(all.map(([value]) => [-value, 1])), 1);
  // As many above zero as below, of the same sizes.
  const even = all.flatMap(([value]) => [[value, 1], [-value, 1]] as const);
  assert.ok(Math.abs(signedRankTest(even) - 0.5) < 0.01);
  // Ties share a rank: 9 of 10 equal differences; z = (49.5 - 27.5 - 0.5) / 8.70.
  near(signedRankTest([[3, 9], [-3, 1]]), 6.706e-3);
  assert.equal(signedRankTest([[0, 50]]), 1);
  assert.equal(signedRankTest([]), 1);
});

/** Numbers around 1 that are the same every time: from 0.5 to 2. */
const noise = (i: number) => 2 ** Math.sin(i * 12.9898);

/** Pairs of latencies, the second multiplied by a factor of the step. */
function slowdownsOf(
  factors: Readonly<Record<string, number>>,
  pairs: number,
  margin = 0.2,
) {
  const latencies = new Latencies();
  const collected = new LatencyPairs(margin);
  const add = (run: "a" | "b", i: number, step: string, latency: number) => {
    latencies.add(run, step, latency);
    collected.add(run, {
      name: `inst_${i}`,
      step_index: 0,
      recordName: step,
      latency_ms: latency,
    });
  };
  for (let i = 0; i < pairs; i++) {
    for (const [at, [step, factor]] of Object.entries(factors).entries()) {
      add("a", i, step, 10 * noise(7 * i + at));
      add("b", pairs - i - 1, step, factor * 10 * noise(5000 + 7 * i + at));
    }
  }
  return collected.slowdowns(latencies.byStep());
}

const slower = (...args: Parameters<typeof slowdownsOf>) =>
  Object.entries(slowdownsOf(...args)).filter(([, { isSlower }]) => isSlower)
    .map(([name]) => name);

test("LatencyPairs finds a step that is slower than the others are", () => {
  assert.deepEqual(slower({ cart: 1, pay: 1, ship: 1 }, 100), []);
  assert.deepEqual(slower({ cart: 1, pay: 2, ship: 1 }, 100), ["pay"]);
  // A machine that is busier slows all of them.
  assert.deepEqual(slower({ cart: 3, pay: 3, ship: 3 }, 100), []);
  assert.deepEqual(slower({ cart: 3, pay: 6, ship: 3 }, 100), ["pay"]);
  // One that is less busy does not make a step slow that stayed as it was.
  assert.deepEqual(slower({ cart: 0.3, pay: 1, ship: 0.3 }, 100), []);
  assert.deepEqual(slower({ cart: 1, pay: 1.15, ship: 1 }, 1000), []);
  assert.deepEqual(slower({ cart: 1, pay: 1.15, ship: 1 }, 1000, 0.05), [
    "pay",
  ]);
  const { pay } = slowdownsOf({ cart: 3, pay: 6, ship: 3 }, 100);
  assert.equal(pay!.pairs, 100);
  assert.ok(Math.abs(pay!.othersRatio / 3 - 1) < 0.3, `${pay!.othersRatio}`);
});

test("LatencyPairs says nothing of few pairs, or of one step alone", () => {
  assert.deepEqual(slowdownsOf({ cart: 1, pay: 9 }, 19), {});
  assert.deepEqual(slowdownsOf({ pay: 9 }, 100), {});
  assert.equal(Object.keys(slowdownsOf({ cart: 1, pay: 9 }, 20)).length, 2);
});

test("compareRuns() pairs steps by the keys of their instances", () =>
  withTempDir(async (dir) => {
    const record = async (run_id: string, factor: number) => {
      const keys = Array.from({ length: 30 }, (_, i) => i);
      if (run_id === "b") keys.reverse(); // The ids are other ones.
      const path = await recordRun(
        dir,
        keys.map((key) => ({
          instance_key: String(key),
          // Each is as slow as its key says, which only pairs make out.
          steps: ["cart", "pay"].map((step_name) => ({
            step_name,
            observation: {
              latency_ms: 2 ** (key % 10) * (step_name === "pay" ? factor : 1),
            },
          })),
        })),
        { run_id, durability: "os" },
      );
      return await openRun(path);
    };
    const [a, b] = [await record("a", 1), await record("b", 1.5)];
    const { slowdowns, identical } = await compareRuns(a, b);
    assert.equal(identical, true);
    assert.deepEqual(
      [slowdowns.pay!.pairs, slowdowns.pay!.medianRatio],
      [30, 1.499],
    );
    assert.equal(slowdowns.pay!.isSlower, true);
    assert.equal(slowdowns.cart!.isSlower, false);
    const tolerant = await compareRuns(a, b, { slowerPercent: 60 });
    assert.equal(tolerant.slowdowns.pay!.isSlower, false);
    await assert.rejects(compareRuns(a, b, { slowerPercent: 0 }), {
      code: "INVALID_OPTION",
    });
  }));
