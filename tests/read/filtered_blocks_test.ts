import assert from "node:assert/strict";
import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openRun } from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const COUNT = 3000;

/** A run of 3000 instances, with one step and one assertion each. */
function withLongRun(body: (path: string) => Promise<void>): Promise<void> {
  return withTempDir(async (dir) => {
    const run = await aRun(dir);
    const completed: Promise<unknown>[] = [];
    for (let i = 0; i < COUNT; i++) {
      const one = run.startInstance({ scenario_id: "checkout" });
      completed.push(
        one.step({
          step_name: i % 3 === 0 ? "pay" : "cart",
          step_type: "http",
          observation: { body: i },
        }),
        one.assertion({ assertion_name: "paid", passed: i % 5 > 0 }),
        one.complete(),
      );
    }
    await Promise.all(completed);
    await run.finalize();
    await body(run.path);
  });
}

test("blocks() yields what the streams yield, many records at a time", () =>
  withLongRun(async (path) => {
    const run = await openRun(path);
    const steps = await Array.fromAsync(run.blocks("steps"));
    assert.ok(steps.length > 1 && steps.length < COUNT / 100);
    assert.deepEqual(steps.flat(), await Array.fromAsync(run.steps()));
    const paid = { step_name: "pay" };
    const payments = (await Array.fromAsync(run.blocks("steps", paid))).flat();
    assert.equal(payments.length, COUNT / 3);
    assert.deepEqual(payments, await Array.fromAsync(run.steps(paid)));
    const failed = { passed: false };
    assert.equal(
      (await Array.fromAsync(run.blocks("assertions", failed))).flat().length,
      COUNT / 5,
    );
    const one = { instance_id: "inst_1234" };
    const [[instance]] = await Array.fromAsync(
      run.blocks("instances", one),
    ) as { instance_id: string }[][] as [[{ instance_id: string }]];
    assert.equal(instance.instance_id, "inst_1234");
  }));

test("blocks() raises a bad line after the records before it, or reports it", () =>
  withLongRun(async (path) => {
    await appendFile(join(path, "steps.jsonl"), "bad\n");
    const run = await openRun(path);
    let count = 0;
    await assert.rejects(async () => {
      for await (const steps of run.blocks("steps")) count += steps.length;
    }, { code: "CORRUPT_LINE", line: COUNT + 1 });
    assert.equal(count, COUNT);
    const lines: unknown[] = [];
    const onCorruptLine = ({ line }: { line?: number }) => lines.push(line);
    for await (const _ of run.blocks("steps", {}, { onCorruptLine }));
    assert.deepEqual(lines, [COUNT + 1]);
  }));

test("blocks() refuses unknown kinds, filters and options at once", () =>
  withLongRun(async (path) => {
    const run = await openRun(path);
    const refused = { code: "INVALID_OPTION" };
    assert.throws(() => run.blocks("step" as "steps"), {
      ...refused,
      message: 'Cannot read "step": the kinds are instances, steps, assertions',
    });
    assert.throws(() => run.blocks("steps", { name: 1 } as object), refused);
    assert.throws(
      () => run.blocks("steps", {}, { onCorrupt() {} } as object),
      refused,
    );
  }));
