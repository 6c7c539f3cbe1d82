/** Copies of a run that is being written, made at any moment. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { readdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openRun, recoverRun } from "../../mod.ts";
import { stepsOf, Writer } from "../support/killed_run.ts";
import { RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const ROUNDS = Number(process.env.COPY_ROUNDS ?? 2);

const WAYS = {
  "cp -a": (from: string, to: string) => execFileSync("cp", ["-a", from, to]),
  // The commit records first: what they stand for is then in the other files.
  "instances first": (from: string, to: string) => {
    mkdirSync(to);
    const first = "instances.jsonl";
    const rest = readdirSync(from).filter((name) => name !== first);
    for (const names of [[first], rest]) {
      execFileSync("cp", ["-a", ...names.map((name) => join(from, name)), to]);
    }
  },
};

/** Each completed instance has its steps and assertions. */
async function assertWhole(path: string): Promise<void> {
  const past = await openRun(path);
  const found = new Map<string, number>();
  for (const records of [past.steps(), past.assertions()]) {
    for await (const { instance_id: id } of records) {
      found.set(id, (found.get(id) ?? 0) + 1);
    }
  }
  for await (const { instance_id: id } of past.instances()) {
    assert.equal(found.get(id), 2 * stepsOf(id), id);
  }
}

test(
  `a copy of a run that is being written reads as interrupted and recovers to a prefix, on ${RUNTIME}`,
  { skip: process.platform === "linux" ? false : "by cp of GNU" },
  () =>
    withTempDir(async (dir) => {
      const writer = new Writer(dir, "instance", RUNTIME);
      const copies: string[] = [];
      try {
        for (let i = 0; i < ROUNDS; i++) {
          await writer.acknowledged(1 + i * 150);
          for (const [way, copy] of Object.entries(WAYS)) {
            const path = join(dir, `copy ${i} ${way}`);
            copy(writer.path, path);
            copies.push(path);
            assert.equal((await openRun(path)).state, "interrupted", path);
          }
        }
        assert.equal((await openRun(writer.path)).state, "running");
        // A run that is moved is the same run.
        const moved = join(dir, "moved");
        await rename(writer.path, moved);
        assert.equal((await openRun(moved)).state, "running");
        await rename(moved, writer.path);
      } finally {
        writer.signal("SIGKILL");
        await writer.ended;
      }
      for (const path of copies) {
        const { summary } = await recoverRun(path);
        assert.equal(summary.status, "interrupted");
        assert.equal((await openRun(path)).state, "interrupted");
        const names = await readdir(path);
        assert.ok(!names.some((name) => name.endsWith(".lock")), `${names}`);
        for (
          const name of names.filter((name) => /^(i|ste|a).*l$/.test(name))
        ) {
          const copied = await readFile(join(path, name));
          const whole = await readFile(join(writer.path, name));
          assert.ok(whole.subarray(0, copied.length).equals(copied), name);
        }
        if (path.endsWith("first")) await assertWhole(path);
      }
    }),
);
