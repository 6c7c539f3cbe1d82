import assert from "node:assert/strict";
import { mkdir, mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  createRun,
  listRuns,
  openRun,
  resumeRun,
  verifyRun,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";

/** In a directory of its own, with another one in it to change to. */
async function inDirectory(body: () => Promise<void>): Promise<void> {
  const before = process.cwd();
  const dir = await realpath(await mkdtemp(join(tmpdir(), "windtunnel-")));
  process.chdir(dir);
  try {
    await mkdir("elsewhere");
    await body();
  } finally {
    process.chdir(before);
    await rm(dir, { recursive: true });
  }
}

for (const isGiven of [false, true]) {
  const what = isGiven ? "an adapter that was given" : "the runtime's adapter";
  test(`a run goes on where it was created after a chdir(), on ${what}`, () =>
    inDirectory(async () => {
      const options = isGiven ? { fs: await runtimeFileSystem() } : {};
      const start = process.cwd();
      const run = await createRun({
        sut_name: "shop",
        run_id: "r",
        ...options,
      });
      process.chdir("elsewhere");
      const one = run.startInstance({ scenario_id: "s" });
      await one.step({ step_name: "a", step_type: "t", request: 1 });
      await one.complete();
      await run.finalize();
      assert.equal(run.path, join(start, "runs", "r"));
      assert.equal((await openRun(run.path)).state, "completed");
      process.chdir(start);
      const past = await openRun("runs/r", options);
      const [listed] = await Array.fromAsync(listRuns("runs", options));
      process.chdir("elsewhere");
      assert.equal((await Array.fromAsync(past.steps())).length, 1);
      assert.equal(listed!.run!.run_id, "r");
      assert((await verifyRun(run.path, options)).ok);
    }));
}

test("a run that is resumed stays where it is after a chdir()", () =>
  inDirectory(async () => {
    const begun = await createRun({ sut_name: "shop", run_id: "r" });
    await begun[Symbol.asyncDispose]();
    const run = await resumeRun("runs/r");
    process.chdir("elsewhere");
    await run.startInstance({ scenario_id: "s" }).complete();
    await run.finalize();
    assert.equal((await openRun("../runs/r")).state, "completed");
  }));
