/** A real disk that is full, a directory that becomes read-only or goes away. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { recoverRun } from "../../mod.ts";
import { Writer } from "../support/killed_run.ts";
import { RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const run = (program: string, args: string[]) =>
  spawnSync(program, args, { encoding: "utf8" });
const isRoot = run("id", ["-u"]).stdout?.trim() === "0";
const canMount = isRoot &&
  run("unshare", ["-m", "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0;
const hasSetpriv = run("setpriv", ["--version"]).status === 0;

test(
  `a full disk fails clearly and keeps what was acknowledged on ${RUNTIME}`,
  {
    skip: canMount ? false : "mounting a small tmpfs needs root",
  },
  () =>
    withTempDir(async (dir) => {
      const disk = join(dir, "disk");
      await mkdir(disk);
      const mounted = run("mount", [
        "-t",
        "tmpfs",
        "-o",
        "size=3m",
        "none",
        disk,
      ]);
      assert.equal(mounted.status, 0, mounted.stderr);
      try {
        const writer = new Writer(disk, "instance", RUNTIME);
        assert.equal(await writer.ended, 3, writer.errors);
        const last = writer.reported.at(-1)!;
        assert.match(last, /^failed WRITE_FAILED ENOSPC Cannot write ".*": /);
        assert.equal(writer.errors, "");
        const { past, acknowledged } = await writer.assertKept();
        assert.ok(acknowledged > 100);
        assert.equal(past.state, "interrupted");
        assert.equal(past.writer, null, "The lock was given up");
        await rm(join(writer.path, "artifacts"), { recursive: true });
        const report = await recoverRun(writer.path);
        assert.equal(report.summary.status, "interrupted");
      } finally {
        run("umount", [disk]);
      }
    }),
);

test(`a run directory that was removed fails finalize() on ${RUNTIME}`, () =>
  withTempDir(async (dir) => {
    const writer = new Writer(dir, "os", RUNTIME);
    await writer.acknowledged();
    await rename(writer.path, join(dir, "elsewhere"));
    writer.signal("SIGTERM");
    assert.equal(await writer.ended, 3, writer.errors);
    assert.match(
      writer.reported.at(-1)!,
      /^failed (RUN_TAKEN |WRITE_FAILED ENOENT )/,
    );
  }));

test(
  `a run directory that becomes read-only keeps what was acknowledged on ${RUNTIME}`,
  {
    skip: !isRoot || hasSetpriv
      ? false
      : "root may write everywhere, and setpriv is not installed",
  },
  () =>
    withTempDir(async (dir) => {
      const runs = join(dir, "runs");
      await mkdir(runs);
      await chmod(dir, 0o777);
      await chmod(runs, 0o777);
      const nobody = ["setpriv", "--reuid=65534", "--clear-groups"];
      const writer = new Writer(
        runs,
        "instance",
        RUNTIME,
        isRoot ? nobody : [],
      );
      await writer.acknowledged();
      await chmod(join(writer.path, "artifacts"), 0o555);
      await chmod(writer.path, 0o555);
      writer.signal("SIGTERM");
      assert.equal(await writer.ended, 3, writer.errors);
      assert.match(writer.reported.at(-1)!, /^failed \w+ EACCES /);
      const { past, acknowledged } = await writer.assertKept();
      assert.ok(acknowledged > 0);
      assert.equal(past.summary, null);
      await chmod(writer.path, 0o777);
      await chmod(join(writer.path, "artifacts"), 0o777);
    }),
);
