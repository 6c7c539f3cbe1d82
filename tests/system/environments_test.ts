/** Runs that are recorded in the environments that test runners make. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { listRuns, openRun, reviveValues, verifyRun } from "../../mod.ts";
import {
  command,
  finish,
  ROOT,
  WITH_ALL_RUNTIMES,
} from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PROGRAM = join(ROOT, "tests", "programs", "record_in_environment.ts");

/** Where each environment leaves its runs, and the values that they hold. */
const ENVIRONMENTS: Record<string, { dirs?: string[]; values?: unknown }> = {
  "fake timers before the import": {},
  "fake timers after the import": {},
  "fake timers during the run": {},
  "no setImmediate": {},
  "values of another realm": {
    values: {
      list: [1, { deep: null }],
      date: new Date(0),
      map: new Map([["a", 1n]]),
      set: new Set(["b"]),
      pattern: /c/g,
      bytes: new Uint8Array([1, 2, 3]),
    },
  },
  "worker threads": { dirs: ["worker 0", "worker 1", "worker 2"] },
  "a relative path and chdir()": { dirs: ["runs"] },
};

/** Asserts that the only run of a directory is whole and says what was recorded. */
async function assertRecorded(dir: string, values: unknown): Promise<void> {
  const [listed, ...others] = await Array.fromAsync(listRuns(dir));
  assert.ok(listed, `no run in ${dir}`);
  assert.deepEqual(others, []);
  assert.deepEqual((await verifyRun(listed.path)).problems, []);
  const run = await openRun(listed.path);
  assert.equal(run.state, "completed");
  const instances = await Array.fromAsync(run.instances());
  assert.equal(instances.length, 3);
  for (const [i, { instance_id, passed }] of instances.entries()) {
    assert.equal(passed, true);
    const request = JSON.stringify({ i }, null, 2);
    const { steps, artifacts } = await run.instance(instance_id);
    assert.deepEqual(
      steps.map(({ step_name }) => step_name),
      ["pay 0", "pay 1", "values"],
    );
    assert.deepEqual(reviveValues(steps[2]!.observation.values), values);
    const texts = await Promise.all(artifacts.map((one) => one.text()));
    assert.deepEqual(texts.map((text) => text.trim()).sort(), [
      "kept",
      request,
      request,
    ]);
  }
}

for (const runtime of ["node", "deno", "bun"] as const) {
  for (
    const [name, { dirs = ["."], values = {} }] of Object.entries(ENVIRONMENTS)
  ) {
    test(
      `${runtime} records right with ${name}`,
      WITH_ALL_RUNTIMES,
      () =>
        withTempDir(async (dir) => {
          const { code, stdout, stderr } = await finish(
            ...command(runtime, PROGRAM, [name, dir]),
          );
          assert.deepEqual({ code, stdout, stderr }, {
            code: 0,
            stdout: "recorded\n",
            stderr: "",
          });
          for (const at of dirs) await assertRecorded(join(dir, at), values);
        }),
    );
  }
}
