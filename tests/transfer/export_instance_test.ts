import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  exportInstance,
  type FileSystem,
  type InstanceWriter,
  openRun,
  replayInstance,
  resumeRun,
  verifyRun,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { aRun } from "../support/run_builder.ts";
import { isOwnCase } from "../support/share.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PIXELS = Uint8Array.from({ length: 300_000 }, (_, i) => i % 251);

async function act(instance: InstanceWriter, passed: boolean): Promise<void> {
  for (const step_name of ["one", "two"]) {
    await instance.step({
      step_name,
      step_type: "call",
      request: { step_name },
      observation: { latency_ms: 5, body: { step_name, é: "🛒" } },
    });
    await instance.assertion({ assertion_name: "fine", passed });
  }
  await instance.artifact("page.png", PIXELS);
  await instance.complete({ passed, error: passed ? null : "broke" });
}

async function assertValid(path: string): Promise<void> {
  const { problems } = await verifyRun(path);
  assert.deepEqual(problems, []);
}

/** Three instances, of which the second one failed. */
async function record(dir: string): Promise<string> {
  const run = await aRun(dir, {
    scenario_ids: ["checkout", "refund"],
    seed: 42,
    config: { a: 1 },
  });
  for (const scenario_id of ["checkout", "refund", "checkout"]) {
    await act(run.startInstance({ scenario_id }), scenario_id === "checkout");
  }
  await run.finalize();
  return run.path;
}

test("exportInstance() writes a whole run of one instance", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await record(dir));
    const target = join(dir, "bugs", "4711");
    const path = await exportInstance(run, "inst_002", target);
    assert.equal(path, join(target, "run_1"));
    assert.deepEqual((await readdir(path)).sort(), [
      "artifacts",
      "assertions.jsonl",
      "instances.jsonl",
      "manifest.json",
      "steps.jsonl",
      "summary.json",
    ]);
    await assertValid(path);
    const exported = await openRun(path);
    assert.equal(exported.state, "completed");
    assert.deepEqual(exported.manifest, {
      ...run.manifest,
      scenario_ids: ["refund"],
    });
    assert.deepEqual(Object.keys(exported.manifest), Object.keys(run.manifest));
    const { summary } = exported;
    assert.deepEqual(Object.keys(summary!), Object.keys(run.summary!));
    assert.equal(summary!.completed_at, run.summary!.completed_at);
    assert.equal(summary!.duration_ms, run.summary!.duration_ms);
    assert.equal(summary!.total_instances, 1);
    assert.equal(summary!.error_count, 1);
    assert.equal(summary!.total_steps, 2);
    assert.equal(summary!.assertions_failed, 2);
    assert.deepEqual(Object.keys(summary!.scenarios), ["refund"]);
    // The lines and files byte for byte.
    for (const name of ["instances", "steps", "assertions"]) {
      const text = async (path: string) =>
        await readFile(join(path, `${name}.jsonl`), "utf8");
      const own = (await text(run.path)).split("\n").filter((line) =>
        line.startsWith('{"instance_id":"inst_002"')
      );
      assert.equal(await text(path), own.join("\n") + "\n");
    }
    assert.deepEqual(await readdir(join(path, "artifacts")), ["inst_002"]);
    const files = await readdir(join(run.path, "artifacts", "inst_002"));
    for (const name of files) {
      const file = join("artifacts", "inst_002", name);
      assert.deepEqual(
        await readFile(join(path, file)),
        await readFile(join(run.path, file)),
      );
    }
    assert.equal(files.length, 3);
  }));

test("replayInstance() replays an exported instance", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await record(dir));
    const path = await exportInstance(run, "inst_002", join(dir, "bug"));
    const exported = await openRun(path);
    const replay = (way: string) =>
      replayInstance(
        exported,
        "inst_002",
        (_, { request, correlation_id }) => ({
          body: { ...request as object, é: way },
          ...(correlation_id ? {} : { lost: true }),
        }),
      ).verdict();
    assert.equal((await replay("🛒")).matches, true);
    assert.equal((await replay("?")).matches, false);
  }));

test("exportInstance() takes the attempt that counts of a resumed run", () =>
  withTempDir(async (dir) => {
    const first = await aRun(dir);
    const begun = first.startInstance({ scenario_id: "checkout" });
    await begun.step({ step_name: "one", step_type: "call", request: 1 });
    await first[Symbol.asyncDispose]();
    const interrupted = await openRun(first.path);
    const half = await openRun(
      await exportInstance(interrupted, "inst_001", join(dir, "half")),
    );
    await assertValid(half.path);
    assert.equal(half.state, "interrupted");
    assert.equal(half.summary!.total_instances, 0);
    assert.equal(half.summary!.total_steps, 1);

    const again = await resumeRun(first.path);
    const instance_id = "inst_001";
    await act(
      again.startInstance({ scenario_id: "checkout", instance_id }),
      true,
    );
    await again.finalize();
    const whole = await openRun(
      await exportInstance(
        await openRun(first.path),
        instance_id,
        join(dir, "whole"),
      ),
    );
    await assertValid(whole.path);
    const trace = await whole.instance(instance_id);
    assert.equal(trace.steps.length, 2);
    assert.deepEqual(trace.abandoned, {
      steps: [],
      assertions: [],
      artifacts: [],
    });
    assert.equal(whole.summary!.total_steps, 2);
  }));

test("exportInstance() refuses a target that is there, and touches nothing", () =>
  withTempDir(async (dir) => {
    const run = await openRun(await record(dir));
    const before = await readFile(join(run.path, "manifest.json"), "utf8");
    await assert.rejects(exportInstance(run, "inst_001", dir), {
      code: "RUN_EXISTS",
    });
    const after = await readFile(join(run.path, "manifest.json"), "utf8");
    assert.equal(after, before);
    const target = join(dir, "new");
    await assert.rejects(exportInstance(run, "inst_009", target), {
      code: "INSTANCE_NOT_FOUND",
    });
    await assert.rejects(exportInstance(run, "../run_1", target), {
      code: "UNSAFE_NAME",
    });
    assert.equal(existsSync(target), false);
  }));

test("exportInstance() leaves no run when any operation of the disk fails", () =>
  withTempDir(async (dir) => {
    const path = await record(dir);
    // Exports while the operation of that number fails, and counts them.
    const exportFailingAt = async (failsAt: number) => {
      let operations = -Infinity; // Opening the run does not count.
      const fs = failingAt(await runtimeFileSystem(), () => {
        if (++operations === failsAt) throw new Error("on purpose");
      });
      const run = await openRun(path, { fs });
      operations = 0;
      const target = join(dir, "out");
      await rm(target, { recursive: true, force: true });
      let failed: { code?: string; message?: string } = {};
      await exportInstance(run, "inst_002", target).catch((error) =>
        failed = error
      );
      return { failed, operations, written: join(target, "run_1") };
    };
    const { operations, written } = await exportFailingAt(Infinity);
    assert.ok(existsSync(written));
    assert.ok(operations > 40, `${operations} operations`);
    // What cleans up behind it may fail.
    let last = operations;
    while (!(await exportFailingAt(last)).failed.code) last--;
    assert.ok(operations - last < 10, `${last} of ${operations}`);
    for (let failsAt = 1; failsAt <= last; failsAt++) {
      if (failsAt < last && !isOwnCase(failsAt)) continue;
      const { failed, written } = await exportFailingAt(failsAt);
      assert.match(failed.message ?? "", /on purpose/, `${failsAt}`);
      assert.match(failed.code ?? "", /^(?:WRITE|READ)_FAILED$/);
      // The last one, a sync of the directory above, comes when all is there.
      assert.equal(existsSync(written), failsAt === last, `${failsAt}`);
    }
  }));

/** Calls `before` ahead of every operation. */
function failingAt(fs: FileSystem, before: () => void): FileSystem {
  const watch = <T extends object>(target: T): T =>
    new Proxy(target, {
      get(target, name) {
        const member = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        if (name === "remove" || name === "close") return member.bind(target);
        return (...args: unknown[]) => {
          before();
          const result = member.apply(target, args);
          return name === "open" || name === "openRead"
            ? result.then(watch)
            : result;
        };
      },
    });
  return watch(fs);
}
