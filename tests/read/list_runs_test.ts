import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { listRuns } from "../../mod.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

test("listRuns() returns every run with its state, and reports what is not a run", () =>
  withTempDir(async (dir) => {
    const whole = await aRun(dir, { run_id: "c" });
    await whole.finalize();
    const live = await aRun(dir, { run_id: "a" });
    const broken = await aRun(dir, { run_id: "b" });
    await broken.finalize();
    await writeFile(join(broken.path, "summary.json"), "{ torn");
    await mkdir(join(dir, "notes"));
    await writeFile(join(dir, "c.steps.jsonl.118.torn"), "");
    const listed = await Array.fromAsync(
      listRuns(dir),
      ({ path, run, error }) => [path, run?.state, error?.code],
    );
    assert.deepEqual(listed, [
      [join(dir, "a"), "running", undefined],
      [join(dir, "b"), undefined, "CORRUPT_FILE"],
      [join(dir, "c"), "completed", undefined],
      [join(dir, "notes"), undefined, "RUN_NOT_FOUND"],
    ]);
    await live.finalize();
  }));

test("listRuns() fails clearly when there is no directory", () =>
  withTempDir(async (dir) => {
    await assert.rejects(listRuns(join(dir, "none")).next(), {
      code: "READ_FAILED",
    });
  }));

test("listRuns() returns many runs in the order of their names, and can be left", () =>
  withTempDir(async (dir) => {
    const ids = Array.from({ length: 40 }, (_, i) => `run_${100 + i}`);
    for (const run_id of ids.toReversed()) {
      await (await aRun(dir, { run_id })).finalize();
    }
    const paths = await Array.fromAsync(listRuns(dir), ({ path }) => path);
    assert.deepEqual(paths, ids.map((id) => join(dir, id)));
    for await (const { path } of listRuns(dir)) {
      assert.equal(path, join(dir, ids[0]!));
      break;
    }
  }));
