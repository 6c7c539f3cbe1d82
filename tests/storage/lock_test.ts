import assert from "node:assert/strict";
import { copyFile, mkdir, readdir, rename, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openRun, recoverRun } from "../../mod.ts";
import { takeLock } from "../../src/storage/lock.ts";
import { findLocks } from "../../src/storage/lock_file.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const fs = await runtimeFileSystem();
const SINCE = "2024-01-15T10:30:00.000Z";
const DEAD = {
  ...await fs.identity(),
  pid: 2 ** 22 + 1,
  started: null,
  since: SINCE,
};

test("takeLock() refuses a lock that is held, and says by whom", () =>
  withTempDir(async (dir) => {
    const lock = await takeLock(fs, dir, SINCE);
    await assert.rejects(takeLock(fs, dir, SINCE), {
      code: "RUN_LOCKED",
      message: new RegExp(`this process .*since ${SINCE}, at `),
    });
    assert.equal((await findLocks(fs, dir)).length, 1);
    await lock.release();
    await (await takeLock(fs, dir, SINCE)).release();
    assert.deepEqual(await readdir(dir), []);
  }));

test("takeLock() takes over a lock whose process has ended", () =>
  withTempDir(async (dir) => {
    const self = await fs.identity();
    const stale = [
      JSON.stringify(DEAD),
      // The same id, and another process: ids are used again.
      ...(self.started === null
        ? []
        : [JSON.stringify({ ...self, started: "1", since: SINCE })]),
    ];
    for (const [i, content] of stale.entries()) {
      await writeFile(join(dir, `writer-000${i}.lock`), content);
    }
    assert.equal((await findLocks(fs, dir)).length, stale.length);
    const lock = await takeLock(fs, dir, SINCE);
    assert.equal((await readdir(dir)).length, 1);
    await lock.release();
  }));

test("takeLock() does not touch the lock of another machine", () =>
  withTempDir(async (dir) => {
    const host = "another-machine.invalid";
    const elsewhere = { ...DEAD, host, boot: "another" };
    const file = join(dir, "writer-00.lock");
    await writeFile(file, JSON.stringify(elsewhere));
    await assert.rejects(takeLock(fs, dir, SINCE), {
      code: "RUN_LOCKED",
      file,
      message: /another-machine.*not known here.*wta recover --take-over/,
    });
    assert.deepEqual(await readdir(dir), ["writer-00.lock"]);
  }));

test("a copy of a lock that is held does not count, wherever its writer is", () =>
  withTempDir(async (dir) => {
    const lock = await takeLock(fs, dir, SINCE);
    const [file] = await findLocks(fs, dir);
    const copy = join(dir, "copy");
    await mkdir(copy);
    await copyFile(file!.file, join(copy, basename(file!.file)));
    // Its process runs, and is another one than this.
    const holder = { ...file!.holder, pid: process.ppid, started: null };
    await writeFile(join(copy, "writer-00.lock"), JSON.stringify(holder));
    const knowsBoot = (await fs.identity()).boot !== null;
    for (const { running } of await findLocks(fs, copy)) {
      assert.equal(running, knowsBoot ? false : undefined);
    }
    assert.equal((await findLocks(fs, dir))[0]?.running, true);
    await rename(dir, `${dir} moved`);
    assert.equal((await findLocks(fs, `${dir} moved`))[0]?.running, true);
    await rename(`${dir} moved`, dir);
    await lock.release();
  }));

test("a lock that is seen on another device may be the one that is held", () =>
  withTempDir(async (dir) => {
    const lock = await takeLock(fs, dir, SINCE);
    const elsewhere = {
      ...fs,
      fileId: (path: string) =>
        `${fs.fileId(path)}`.replace(/^\d+/, (device) => `${device}1`),
    };
    const knowsBoot = (await fs.identity()).boot !== null;
    const [found] = await findLocks(elsewhere, dir);
    assert.equal(found?.running, knowsBoot ? undefined : true);
    const holder = { ...found!.holder, ...DEAD };
    await writeFile(found!.file, JSON.stringify(holder));
    const [dead] = await findLocks(elsewhere, dir);
    assert.equal(dead?.running, knowsBoot ? false : undefined);
    await lock.release().catch(() => {});
  }));

test("takeLock() never lets two in, however many come at once", () =>
  withTempDir(async (dir) => {
    for (let round = 0; round < 20; round++) {
      await writeFile(join(dir, "writer-00.lock"), JSON.stringify(DEAD));
      const tries = await Promise.allSettled(
        Array.from({ length: 8 }, () => takeLock(fs, dir, SINCE)),
      );
      const held = tries.filter(({ status }) => status === "fulfilled");
      assert.ok(held.length <= 1, `${held.length} hold the lock`);
      for (const result of tries) {
        if (result.status === "fulfilled") await result.value.release();
        else assert.equal(result.reason.code, "RUN_LOCKED");
      }
      // All may have seen each other and stepped back; the next one gets it.
      await (await takeLock(fs, dir, SINCE)).release();
      assert.deepEqual(await readdir(dir), []);
    }
  }));

test("recoverRun() and createRun() are refused while the run is written, readers are not", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const held = {
      code: "RUN_LOCKED",
      message: /this process .*since 20.*at /,
    };
    await assert.rejects(recoverRun(run.path), held);
    const { run_id } = run;
    await assert.rejects(aRun(dir, { run_id }), held);
    assert.equal((await openRun(run.path)).state, "running");
    const summary = await run.finalize();
    const report = await recoverRun(run.path);
    assert.equal(report.alreadyFinalized, true);
    assert.deepEqual(report.summary, summary);
  }));

test("takeLock() gives up when its own lock was removed before it had its content", () =>
  withTempDir(async (dir) => {
    // The other one sees an empty lock, takes the run over, and is done with it.
    const paused = {
      ...fs,
      async open(path: string, mode: "create-new" | "append") {
        const handle = await fs.open(path, mode);
        const other = await takeLock(fs, dir, SINCE, { takeOver: true });
        await other.release();
        return handle;
      },
    };
    await assert.rejects(takeLock(paused, dir, SINCE), { code: "RUN_LOCKED" });
    assert.deepEqual(await readdir(dir), []);
  }));
