/** Every JSONL file, cut at every byte of its share: what a crash may leave. */
import assert from "node:assert/strict";
import { readFile, truncate } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openRun, type RunReader, verifyRun } from "../../mod.ts";
import { withSampleRun } from "../support/sample_run.ts";
import { isOwnCase } from "../support/share.ts";

const READ: Record<string, (run: RunReader) => ReadableStream<unknown>> = {
  "instances.jsonl": (run) => run.instances(),
  "steps.jsonl": (run) => run.steps(),
  "assertions.jsonl": (run) => run.assertions(),
};

for (const [name, read] of Object.entries(READ)) {
  test(`${name} returns the records before a cut at any byte, and reports the rest`, () =>
    withSampleRun(async (path) => {
      const file = join(path, name);
      const whole = await readFile(file);
      const records = whole.toString().trimEnd().split("\n").map((line) =>
        JSON.parse(line)
      );
      for (let size = whole.length; size >= 0; size--) {
        if (!isOwnCase(size)) continue;
        await truncate(file, size);
        const kept = whole.subarray(0, size);
        const offset = kept.lastIndexOf("\n") + 1;
        const lines = kept.filter((byte) => byte === 10).length;
        const run = await openRun(path);
        const bytes = size - offset;
        const tails = bytes === 0 ? [] : [{ file, offset, bytes }];
        assert.deepEqual(run.tornTails, tails, `cut at ${size}`);
        assert.deepEqual(
          await Array.fromAsync(read(run)),
          records.slice(0, lines),
          `cut at ${size}`,
        );
      }
    }));
}

test("verifyRun() reports a cut at any byte", () =>
  withSampleRun(async (path) => {
    const file = join(path, "assertions.jsonl");
    const { length } = await readFile(file);
    assert.equal((await verifyRun(path)).ok, true);
    for (let size = length - 1; size >= 0; size--) {
      if (!isOwnCase(size)) continue;
      await truncate(file, size);
      const { problems } = await verifyRun(path);
      const codes = new Set(problems.map(({ code }) => code));
      const kept = await readFile(file);
      assert.equal(
        codes.has("TORN_TAIL"),
        size > 0 && kept.at(-1) !== 10,
        `cut at ${size}`,
      );
      assert.ok(codes.has("SUMMARY_MISMATCH"), `cut at ${size}`);
    }
  }));
