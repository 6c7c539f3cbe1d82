/** A run that is taken from a writer of which nothing is known. */
import assert from "node:assert/strict";
import {
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  openRun,
  recoverRun,
  resumeRun,
  type RunWriter,
  verifyRun,
} from "../../mod.ts";
import { HEARTBEAT_STALE_MS } from "../../src/storage/lock_file.ts";
import { Writer } from "../support/killed_run.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const STEP = { step_name: "a", step_type: "t" };

async function lockOf(path: string): Promise<string> {
  const name = (await readdir(path)).find((name) => name.endsWith(".lock"))!;
  return join(path, name);
}

/** As if the run were written in another container. */
async function fromElsewhere(run: RunWriter): Promise<string> {
  const file = await lockOf(run.path);
  const holder = JSON.parse(await readFile(file, "utf8"));
  const elsewhere = { ...holder, boot: "another", program: "another" };
  await writeFile(file, JSON.stringify(elsewhere));
  return file;
}

async function makeStale(file: string): Promise<void> {
  const time = new Date(Date.now() - HEARTBEAT_STALE_MS - 60_000);
  await utimes(file, time, time);
}

test("resumeRun() takes over with takeOver, and the old writer is fenced", () =>
  withTempDir(async (dir) => {
    const old = await aRun(dir);
    await recordInstance(old, { steps: [STEP] });
    const open = old.startInstance({ scenario_id: "s", instance_id: "open" });
    await open.step(STEP);
    await fromElsewhere(old);
    await assert.rejects(resumeRun(old.path), { code: "RUN_LOCKED" });
    await assert.rejects(recoverRun(old.path), {
      code: "RUN_LOCKED",
      message: /takeOver: true or wta recover --take-over/,
    });
    const run = await resumeRun(old.path, { takeOver: true });
    await assert.rejects(open.complete(), { code: "RUN_TAKEN" });
    await assert.rejects(old.finalize(), { code: "RUN_TAKEN" });
    assert.deepEqual([...run.resumed!.completed], ["inst_001"]);
    await recordInstance(run, { steps: [STEP] });
    await run.finalize();
    const past = await openRun(run.path);
    const ids = (await Array.fromAsync(past.instances()))
      .map(({ instance_id }) => instance_id);
    assert.deepEqual(ids, ["inst_001", "inst_002"]);
    const { ok, problems } = await verifyRun(run.path);
    assert(ok, JSON.stringify(problems));
  }));

for (const what of ["resumeRun", "recoverRun"] as const) {
  test(`${what}() takes over by itself after a minute without a heartbeat`, () =>
    withTempDir(async (dir) => {
      const old = await aRun(dir);
      await recordInstance(old, { steps: [STEP] });
      await makeStale(await fromElsewhere(old));
      assert.equal((await openRun(old.path)).state, "interrupted");
      if (what === "recoverRun") await recoverRun(old.path);
      else await (await resumeRun(old.path)).finalize();
      await assert.rejects(old.finalize(), { code: "RUN_TAKEN" });
      assert.equal((await verifyRun(old.path)).ok, true);
    }));
}

test("a lock that does not say whose it is may be a living writer's", () =>
  withTempDir(async (dir) => {
    const old = await aRun(dir);
    await recordInstance(old, { steps: [STEP] });
    const open = old.startInstance({ scenario_id: "s", instance_id: "open" });
    await open.step(STEP);
    const copy = join(dir, "copy");
    await cp(old.path, copy, { recursive: true });
    const lock = await lockOf(copy);
    // In this process its name would tell.
    await rename(lock, join(copy, "writer-00.lock"));
    for (const content of ["", "{", "{}"]) {
      await writeFile(join(copy, "writer-00.lock"), content);
      assert.equal((await openRun(copy)).state, "running");
      await assert.rejects(resumeRun(copy), {
        code: "RUN_LOCKED",
        message: /a lock that does not say whose it is.* takeOver: true/,
      });
    }
    await makeStale(join(copy, "writer-00.lock"));
    await (await resumeRun(copy)).finalize();
    await open.complete();
    await old.finalize();
  }));

test("a writer that was taken over makes no file in the directory of a new one", () =>
  withTempDir(async (dir) => {
    const old = await aRun(dir);
    const one = old.startInstance({ scenario_id: "s", instance_id: "one" });
    await one.artifact("a.txt", "old");
    await fromElsewhere(old);
    const run = await resumeRun(old.path, { takeOver: true });
    const again = run.startInstance({ scenario_id: "s", instance_id: "one" });
    await again.artifact("a.txt", "new");
    await assert.rejects(one.artifact("b.txt", "old"), { code: "RUN_TAKEN" });
    await again.artifact("b.txt", "new");
    await again.complete();
    await run.finalize();
    const { ok, problems } = await verifyRun(run.path);
    assert(ok, JSON.stringify(problems));
  }));

test("a writer that lives is not taken over, whatever is asked for", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await makeStale(await lockOf(run.path));
    await assert.rejects(resumeRun(run.path, { takeOver: true }), {
      code: "RUN_LOCKED",
      message: /this process has been writing to it/,
    });
    await run.finalize();
  }));

for (
  const becomes of [
    "another directory",
    "another run",
    "a link",
    "its copy",
    "nothing",
  ]
) {
  test(`a run whose directory becomes ${becomes} acknowledges no more`, () =>
    withTempDir(async (dir) => {
      const run = await aRun(dir, { run_id: "r" });
      const one = run.startInstance({ scenario_id: "s" });
      await one.step(STEP);
      await rename(run.path, join(dir, "moved"));
      const other = becomes === "another run"
        ? await aRun(dir, { run_id: "r" })
        : undefined;
      if (becomes === "another directory") await mkdir(run.path);
      if (becomes === "its copy") {
        await cp(join(dir, "moved"), run.path, { recursive: true });
      }
      if (becomes === "a link") {
        await mkdir(join(dir, "elsewhere"));
        await symlink(join(dir, "elsewhere"), run.path, "junction");
      }
      await assert.rejects(one.complete(), { code: "RUN_TAKEN" });
      await assert.rejects(run.finalize(), { code: "RUN_TAKEN" });
      if (!other) return;
      await recordInstance(other, { steps: [STEP] });
      assert.equal((await other.finalize()).total_instances, 1);
    }));
}

test(
  `a stopped writer that was taken over is told when it goes on, on ${RUNTIME}`,
  {
    skip: process.platform === "linux"
      ? false
      : "/proc says that it is stopped",
  },
  () =>
    withTempDir(async (dir) => {
      const writer = new Writer(dir, "instance", RUNTIME);
      await writer.acknowledged();
      process.kill(writer.child.pid!, "SIGSTOP");
      await assert.rejects(resumeRun(writer.path), { code: "RUN_LOCKED" });
      await makeStale(await lockOf(writer.path));
      const run = await resumeRun(writer.path);
      const before = run.stats.total_instances;
      await recordInstance(run, { instance_id: "taken", steps: [STEP] });
      await run.finalize();
      process.kill(writer.child.pid!, "SIGCONT");
      await writer.ended;
      assert.match(writer.reported.at(-1)!, /RUN_TAKEN|WRITE_FAILED/);
      const past = await openRun(writer.path);
      const ids = (await Array.fromAsync(past.instances()))
        .map(({ instance_id }) => instance_id);
      assert.equal(ids.at(-1), "taken");
      assert.equal(ids.length, before + 1);
      // A file that it was about to make when it was stopped may have come: no
      // record names it, and the seal tells.
      const { problems } = await verifyRun(writer.path);
      assert.deepEqual(
        problems.filter(({ code, file }) =>
          code !== "SEAL_BROKEN" || !file.endsWith("artifacts")
        ),
        [],
      );
    }),
);
