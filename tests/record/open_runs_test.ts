import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { openRun } from "../../mod.ts";
import { command, finish, ROOT, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PROGRAM = join(ROOT, "tests", "programs", "forget_finalize.ts");

/** What a process writes that forgets to finalize a run. */
async function forget(dir: string, how: string) {
  const [program, args] = command(RUNTIME, PROGRAM, [dir, how]);
  return await finish(program, args);
}

function warning(dir: string, what: string): string {
  const path = join(dir, "forgotten");
  return `The run at "${path}" was not finalized, ${what}: it has no summary. Call finalize(), or create it with "await using". To close it now: wta recover ${path}\n`;
}

/** Ways to end by an error that is not caught. */
const ERRORS = ["throw", "throw later", "reject"];

for (const how of ["end", "exit", ...ERRORS]) {
  test(`a process that exits with an open run says so, and how to recover it: ${how}`, () =>
    withTempDir(async (dir) => {
      const { code, stderr } = await forget(dir, how);
      assert.equal(code, how === "end" ? 0 : 1, stderr);
      const reason = RUNTIME === "deno" && ERRORS.includes(how)
        ? "and an error was not caught"
        : "and the process exits";
      const expected = warning(dir, reason);
      assert.equal(stderr.split(expected).length, 2, stderr);
      // The one that was disposed is not named.
      assert.ok(!stderr.includes(join(dir, "ended")), stderr);
      const run = await openRun(join(dir, "forgotten"));
      assert.equal(run.summary, null);
    }));
}

test("a process that goes on after an error warns once, when it exits", () =>
  withTempDir(async (dir) => {
    const { code, stdout, stderr } = await forget(dir, "handled");
    assert.deepEqual([code, stdout], [0, "handled\n"], stderr);
    assert.equal(stderr, warning(dir, "and the process exits"));
  }));

test("a writer that is collected with its run open says so, once", () =>
  withTempDir(async (dir) => {
    const { code, stdout, stderr } = await forget(dir, "collect");
    assert.deepEqual([code, stdout], [0, "collected\n"], stderr);
    assert.equal(stderr, warning(dir, "and its writer is gone"));
  }));
