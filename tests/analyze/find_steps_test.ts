import assert from "node:assert/strict";
import { test } from "node:test";
import { findSteps, type FindStepsOptions, openRun } from "../../mod.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const STEPS = [
  {
    observation: { status_code: 201, latency_ms: 12, body: { note: 'a "b"' } },
  },
  { observation: { status_code: 502, latency_ms: 90 } },
  { observation: { status_code: 503 } },
  { observation: { status_code: 50, latency_ms: 90 } },
  { observation: { latency_ms: 0 }, step_name: "größe" },
];

test("findSteps() finds by status, text and filter, and sorts by latency", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await recordRun(dir, [{ steps: STEPS }]));
    const found = async (options: FindStepsOptions) =>
      (await Array.fromAsync(findSteps(run, options)))
        .map(({ step_index }) => step_index);
    assert.deepEqual(await found({}), [0, 1, 2, 3, 4]);
    assert.deepEqual(await found({ limit: 2 }), [0, 1]);
    assert.deepEqual(await found({ status: "5xx" }), [1, 2]);
    assert.deepEqual(await found({ status: "502" }), [1]);
    assert.deepEqual(await found({ text: 'a "b"' }), [0]);
    assert.deepEqual(await found({ text: "öß" }), [4]);
    assert.deepEqual(await found({ text: "503" }), [2]);
    assert.deepEqual(await found({ sort: "latency" }), [1, 3, 0, 4, 2]);
    assert.deepEqual(await found({ sort: "latency", limit: 1 }), [1]);
    const filter = { step_name: "pay" };
    assert.deepEqual(await found({ filter, sort: "latency" }), [1, 3, 0, 2]);
    await assert.rejects(found({ status: "5x" }), { code: "INVALID_OPTION" });
    await assert.rejects(
      found({ filter: { stepName: "pay" } as object }),
      { code: "INVALID_OPTION", path: "stepName" },
    );
  }));

test("findSteps() keeps the slowest of many, those of one latency in their order", () =>
  withTempDir(async (dir) => {
    const steps = Array.from(
      { length: 1000 },
      (_, i) => ({ observation: { latency_ms: i * 7919 % 500 } }),
    );
    const run = await openRun(await recordRun(dir, [{ steps }]));
    const found = await Array.fromAsync(findSteps(run, { sort: "latency" }));
    const expected = steps
      .map(({ observation: { latency_ms } }, i) => ({ latency_ms, i }))
      .sort((a, b) => b.latency_ms - a.latency_ms || a.i - b.i).slice(0, 20);
    assert.deepEqual(
      found.map(({ step_index }) => step_index),
      expected.map(({ i }) => i),
    );
  }));
