/** `wta compare` of two builds of the demo's shop, and of runs with long names. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { runDemo } from "../demo/demo.ts";
import { Orders } from "../demo/orders.ts";
import { recordRun } from "../support/run_builder.ts";
import { ONCE } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";
import { callWta } from "./transcript.ts";

const DEMO = { seed: 42, instances: 20, concurrency: 10 };

/** Runs something against a shop that takes a cent off each order. */
async function withCheaperOrders<T>(run: () => Promise<T>): Promise<T> {
  const { place } = Orders.prototype;
  Orders.prototype.place = function (request) {
    const answer = place.call(this, request);
    const { total_cents } = answer.body;
    return typeof total_cents === "number"
      ? { ...answer, body: { ...answer.body, total_cents: total_cents - 1 } }
      : answer;
  };
  try {
    return await run();
  } finally {
    Orders.prototype.place = place;
  }
}

test(
  "the first ten lines of wta compare say that each order lost a cent",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      await runDemo({ ...DEMO, dir, run_id: "a" });
      await runDemo({ ...DEMO, dir, run_id: "same" });
      await withCheaperOrders(() => runDemo({ ...DEMO, dir, run_id: "b" }));
      const cause =
        /place_order: body\.total_cents \d+ → \d+ \(-1 in each\), in checkout, refund/;
      for (const format of ["", " --markdown"]) {
        const { code, stdout } = await callWta(
          `compare a b --dir .${format}`,
          dir,
        );
        assert.equal(code, 1);
        const lines = stdout.split("\n").slice(0, 10);
        const at = lines.findIndex((line) => cause.test(line));
        assert.notEqual(at, -1, stdout);
        assert.match(
          lines[at + 1]!,
          /then place_order: order_total_cents: expected \d+, got \d+/,
        );
      }
      const same = await callWta("compare a same --dir . --fail-on any", dir);
      assert.equal(same.code, 0, same.stdout);
      assert.match(same.stdout, /^No changes, except times and latencies$/m);
      // What is named decides, and nothing else.
      const named = await callWta(
        "compare a b --dir . --fail-on changed-status",
        dir,
      );
      assert.equal(named.code, 0, named.stdout);
    }),
);

test(
  "wta compare --markdown fits a comment, whatever the names are",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      const long = (number: number, letter: string) => ({
        instance_key: String(number),
        scenario_id: "|".repeat(190),
        steps: Array.from({ length: 8 }, (_, i) => ({
          step_name: `${number}.${i}${"|`\u202e".repeat(1_000)}`,
          observation: { status_code: 200, body: letter.repeat(5_000) },
        })),
      });
      const numbers = Array.from({ length: 30 }, (_, i) => i);
      for (const [run_id, letter] of [["a", "|"], ["b", "\u202e"]] as const) {
        await recordRun(dir, numbers.map((number) => long(number, letter)), {
          run_id,
          durability: "os",
        });
      }
      const { stdout } = await callWta("compare a b --markdown --dir .", dir);
      assert.ok(stdout.length <= 60_000, String(stdout.length));
      assert.match(stdout, /^### 240 changed step/);
    }),
);

test(
  "wta compare --fail-on p95+20% fails where a step is slower than the others",
  ONCE,
  () =>
    withTempDir(async (dir) => {
      for (const [run_id, factor] of [["a", 1], ["b", 1.5]] as const) {
        const plans = Array.from({ length: 30 }, (_, i) => ({
          instance_key: String(i),
          steps: ["cart", "pay"].map((step_name) => ({
            step_name,
            observation: {
              latency_ms: 2 ** (i % 10) * (step_name === "pay" ? factor : 1),
            },
          })),
        }));
        await recordRun(dir, plans, { run_id, durability: "os" });
      }
      const compare = (words: string) =>
        callWta(`compare ${words} --dir .`, dir);
      const slower = await compare("a b --fail-on p95+20%");
      assert.equal(slower.code, 1, slower.stderr);
      assert.match(slower.stdout, /^all .* -\npay .* yes\ncart .* no$/m);
      assert.match(
        slower.stdout,
        /^fails on p95\+20%: pay 5\d\d\.\d ms → 7\d\d\.\d ms$/m,
      );
      assert.equal((await compare("a b")).code, 0);
      assert.equal((await compare("a b --fail-on p95+60%")).code, 0);
      assert.equal((await compare("b a --fail-on p95+20%")).code, 0);
      assert.equal((await compare("a a --fail-on p95+20%")).code, 0);
    }),
);
