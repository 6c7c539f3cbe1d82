import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openRun, type StepRecord } from "../../mod.ts";
import { READY_BYTES_MAX } from "../../src/storage/limits.ts";
import { assertion, instance, step } from "../support/samples.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const steps = (count: number, body = "x") =>
  ReadableStream.from<StepRecord>((function* () {
    for (let step_index = 0; step_index < count; step_index++) {
      yield { ...step, step_index, observation: { body } };
    }
  })());

test("the three streams take records by pipeTo()", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await steps(1000).pipeTo(run.steps);
    await ReadableStream.from([assertion]).pipeTo(run.assertions);
    await ReadableStream.from([instance]).pipeTo(run.instances);
    const summary = await run.finalize();
    assert.equal(summary.total_steps, 1000);
    assert.equal(summary.total_assertions, 1);
    assert.equal(summary.total_instances, 1);
    const past = await openRun(run.path);
    let expected = 0;
    for await (const { step_index } of past.steps()) {
      assert.equal(step_index, expected++);
    }
    assert.equal(expected, 1000);
  }));

test("a stream holds its producer back when the queue is full", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const body = "x".repeat(1024 * 1024);
    let most = 0;
    const watched = steps(60, body).pipeThrough(
      new TransformStream({
        transform(record, controller) {
          most = Math.max(most, run.stats.queuedBytes);
          controller.enqueue(record);
        },
      }),
    );
    await watched.pipeTo(run.steps);
    assert.ok(
      most < READY_BYTES_MAX + 2 * body.length,
      `${most} bytes were queued`,
    );
    assert.equal((await run.finalize()).total_steps, 60);
  }));

test("a stream waits for room within limits.queueBytesMax", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir, { limits: { queueBytesMax: 10_000 } });
    let most = 0;
    const watched = steps(1000).pipeThrough(
      new TransformStream({
        transform(record, controller) {
          most = Math.max(most, run.stats.queuedBytes);
          controller.enqueue(record);
        },
      }),
    );
    await watched.pipeTo(run.steps, { preventClose: true });
    const writer = run.steps.getWriter();
    const large = { ...step, observation: { body: "x".repeat(20_000) } };
    await writer.write(large);
    await writer.write(step);
    await writer.close();
    assert.ok(most > 5000 && most <= 10_000, `${most} bytes were queued`);
    assert.equal((await run.finalize()).total_steps, 1002);
  }));

test("a stream fails by the invalid record, and the run goes on", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const bad = { ...step, step_index: -1 };
    await assert.rejects(
      ReadableStream.from([step, bad]).pipeTo(run.steps),
      { code: "INVALID_RECORD", path: "step_index" },
    );
    await run.appendStep(step);
    await run.finalize();
    const text = await readFile(join(run.path, "steps.jsonl"), "utf8");
    assert.equal(text, (JSON.stringify(step) + "\n").repeat(2));
  }));
