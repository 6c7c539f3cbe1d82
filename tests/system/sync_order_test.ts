/**
 * What the library asks of the kernel, seen from outside: the order of writes
 * and syncs before an instance is acknowledged, on each runtime.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { command, finish, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const hasStrace = spawnSync("strace", ["-V"]).status === 0;

/** The calls on files of the run, as `<call> <file name>`. */
function callsOf(trace: string): string[] {
  const calls: string[] = [];
  const unfinished = new Map<string, string>();
  for (const line of trace.split("\n")) {
    const begun = line.match(
      /^(\d+) +(write|pwrite64|writev|fdatasync|fsync)\(\d+<([^>]*)>(.*)$/,
    );
    const resumed = line.match(/^(\d+) +<\.\.\. (\w+) resumed>/);
    if (begun) {
      const [, thread, verb, path, rest] = begun;
      const call = `${verb!.replace(/^p?write.*/, "write")} ${
        path!.split("/").pop()
      }`;
      if (rest!.includes("<unfinished")) unfinished.set(thread!, call);
      else calls.push(call);
    } else if (resumed && unfinished.has(resumed[1]!)) {
      // What counts is the end of a call.
      calls.push(unfinished.get(resumed[1]!)!);
      unfinished.delete(resumed[1]!);
    }
  }
  return calls.filter((call) => call.endsWith(".jsonl"));
}

test(
  `complete() syncs steps and assertions, then its own line, on ${RUNTIME}`,
  {
    skip: hasStrace ? false : "strace is not installed (or this is not Linux)",
  },
  () =>
    withTempDir(async (dir) => {
      const trace = join(dir, "trace");
      const [program, args] = command(
        RUNTIME,
        "tests/programs/record_and_read.ts",
        [join(dir, "runs")],
      );
      const { code, stderr } = await finish("strace", [
        "-f",
        "-y",
        "-e",
        "trace=write,pwrite64,writev,fdatasync,fsync",
        "-o",
        trace,
        program,
        ...args,
      ]);
      assert.equal(code, 0, stderr);
      const calls = callsOf(await readFile(trace, "utf8"));
      const oneInstance = [
        "write started.jsonl",
        "write steps.jsonl",
        "write assertions.jsonl",
        "sync",
        "sync",
        "sync",
        "write instances.jsonl",
        "fdatasync instances.jsonl",
      ];
      // The three syncs run side by side, in either order.
      const seen = calls.map((call) =>
        /^f(data)?sync (steps|assertions|started)/.test(call) ? "sync" : call
      );
      assert.deepEqual(
        seen,
        [...oneInstance, ...oneInstance, ...oneInstance],
        calls.join("\n"),
      );
    }),
);
