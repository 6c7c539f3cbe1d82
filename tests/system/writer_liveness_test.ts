/**
 * Whether a writer lives, asked of a real system: writers in another PID
 * namespace, under another host name, and dead without having been reaped.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openRun, recoverRun, resumeRun } from "../../mod.ts";
import { Writer } from "../support/killed_run.ts";
import { RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Needs no root where the system gives user namespaces to all. */
const OTHER_NAMESPACE = ["unshare", "-Urpf", "--mount-proc", "--kill-child"];

const OTHER_HOST = [
  ...["unshare", "-Ur", "--uts", "sh", "-c"],
  'hostname elsewhere && exec "$0" "$@"',
];

/** The writer's parent becomes a program that reaps no children. */
const UNREAPED = ["sh", "-c", '"$0" "$@" & exec sleep 120'];

/** Why a test cannot run here; false where it can. */
function cannot(prefix: string[]): string | false {
  const [program, ...args] = [...prefix, "true"];
  const { status, stderr, error } = spawnSync(program!, args, {
    encoding: "utf8",
  });
  return status === 0 ? false : `${prefix[0]}: ${error?.message ?? stderr}`;
}

/** Runs `body` beside a writer, which ends with it. */
async function besideWriter(
  prefix: string[],
  body: (writer: Writer) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    // At "instance", a step is acknowledged without a look at the lock.
    const writer = new Writer(dir, "record", RUNTIME, prefix);
    try {
      await writer.acknowledged();
      await body(writer);
    } finally {
      writer.signal("SIGKILL");
      await writer.ended;
    }
  });
}

/** The process id in the lock: as its writer sees it. */
async function holderOf(path: string): Promise<{ pid: number; host: string }> {
  const name = (await readdir(path)).find((name) => name.endsWith(".lock"))!;
  return JSON.parse(await readFile(join(path, name), "utf8"));
}

async function hasEnded(pid: number): Promise<void> {
  for (;;) {
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") Z");
    if (/\) [ZX]/.test(stat)) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

test(
  `a writer in another PID namespace is not taken for dead, on ${RUNTIME}`,
  { skip: cannot(OTHER_NAMESPACE) },
  () =>
    besideWriter(OTHER_NAMESPACE, async (writer) => {
      assert.ok((await holderOf(writer.path)).pid < 100);
      assert.equal((await openRun(writer.path)).state, "running");
      for (const call of [resumeRun, recoverRun]) {
        await assert.rejects(call(writer.path), {
          code: "RUN_LOCKED",
          message: /not known here whether it still runs/,
        });
      }
      const run = await resumeRun(writer.path, { takeOver: true });
      await writer.ended;
      assert.match(writer.reported.at(-1)!, /^failed RUN_TAKEN/);
      await run.finalize();
      await writer.assertKept();
    }),
);

test(
  `a writer under another host name is known all the same, on ${RUNTIME}`,
  { skip: cannot(OTHER_HOST) },
  () =>
    besideWriter(OTHER_HOST, async (writer) => {
      const { pid, host } = await holderOf(writer.path);
      assert.equal(host, "elsewhere");
      await assert.rejects(resumeRun(writer.path, { takeOver: true }), {
        code: "RUN_LOCKED",
        message: /wait for it, or end it/,
      });
      process.kill(pid, "SIGKILL");
      await hasEnded(pid);
      await recoverRun(writer.path);
      await writer.assertKept();
    }),
);

test(
  `a writer that nobody has reaped is dead, on ${RUNTIME}`,
  { skip: process.platform === "linux" ? false : "/proc says what it is" },
  () =>
    besideWriter(UNREAPED, async (writer) => {
      const { pid } = await holderOf(writer.path);
      process.kill(pid, "SIGKILL");
      await hasEnded(pid);
      assert.match(await readFile(`/proc/${pid}/stat`, "utf8"), /\) Z /);
      await recoverRun(writer.path);
      await writer.assertKept();
    }),
);
