import assert from "node:assert/strict";
import { test } from "node:test";
import { analyzeRun, LiveTotals, openRun } from "../../mod.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

test("LiveTotals counts what analyzeRun() counts", () =>
  withTempDir(async (dir) => {
    const run = await openRun(
      await recordRun(dir, [
        { steps: [{ observation: { latency_ms: 3 } }], assertions: [{}] },
        { scenario_id: "refund", assertions: [{ passed: false }] },
      ], { scenario_ids: ["checkout", "unused"] }),
    );
    const live = new LiveTotals(run.manifest.scenario_ids);
    for await (const followed of run.follow()) live.add(followed);
    const totals = live.current();
    assert.deepEqual(totals, (await analyzeRun(run)).totals);
    assert.deepEqual(
      [totals.total_steps, totals.total_assertions, totals.total_instances],
      [1, 2, 2],
    );
    assert.ok(Object.hasOwn(totals.scenarios, "unused"));
  }));
