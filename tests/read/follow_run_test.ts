import assert from "node:assert/strict";
import {
  appendFile,
  readFile,
  rm,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  type FileSystem,
  type FollowedRecord,
  openRun,
  recoverRun,
  resumeRun,
  type RunWriter,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { instance, step } from "../support/samples.ts";
import { withSampleRun } from "../support/sample_run.ts";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Keeps what a follower gives, and lets a test wait for it. */
class Follower {
  readonly seen: FollowedRecord[] = [];
  readonly ended: Promise<void>;
  #changed = Promise.withResolvers<void>();

  constructor(records: ReadableStream<FollowedRecord>) {
    this.ended = this.#follow(records);
    this.ended.catch(() => {});
  }

  async #follow(records: ReadableStream<FollowedRecord>): Promise<void> {
    for await (const record of records) {
      this.seen.push(record);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  async until(count: number): Promise<void> {
    while (this.seen.length < count) {
      await Promise.race([this.#changed.promise, this.ended]);
    }
  }

  of(kind: FollowedRecord["kind"]): FollowedRecord["record"][] {
    return this.seen.filter((it) => it.kind === kind).map(({ record }) =>
      record
    );
  }
}

async function follow(path: string, signal?: AbortSignal): Promise<Follower> {
  const run = await openRun(path);
  return new Follower(run.follow(signal ? { signal } : {}));
}

/** Whether a follower gave each line of the run once, in order, and steps first. */
async function assertAllGiven(path: string, { seen }: Follower): Promise<void> {
  const run = await openRun(path);
  const given = new Map<string, unknown[]>();
  for (const { kind, record } of seen) {
    given.set(kind, [...given.get(kind) ?? [], record]);
  }
  assert.deepEqual(given.get("step"), await Array.fromAsync(run.steps()));
  assert.deepEqual(
    given.get("assertion"),
    await Array.fromAsync(run.assertions()),
  );
  assert.deepEqual(
    given.get("instance"),
    await Array.fromAsync(run.instances()),
  );
  const completed = new Set<string>();
  for (const { kind, record } of seen) {
    if (kind === "instance") completed.add(record.instance_id);
    else assert.ok(!completed.has(record.instance_id), record.instance_id);
  }
}

async function record(run: RunWriter, instances: number): Promise<void> {
  await Promise.all(Array.from({ length: instances }, async (_, i) => {
    const one = run.startInstance({ scenario_id: "checkout" });
    for (let n = 0; n <= i % 5; n++) {
      await one.step({
        step_name: "pay",
        step_type: "http",
        observation: { body: "é🛒".repeat(i) },
      });
      await one.assertion({ assertion_name: "paid", passed: true });
    }
    await one.complete();
  }));
}

test("follow() returns every record of a live run once, and ends with its summary", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const follower = await follow(run.path);
    for (let round = 0; round < 5; round++) await record(run, 100);
    await run.finalize();
    await follower.ended;
    assert.equal(follower.of("instance").length, 500);
    await assertAllGiven(run.path, follower);
  }));

test("follow() yields a record before the run goes on", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const follower = await follow(run.path);
    const one = run.startInstance({ scenario_id: "checkout" });
    for (let i = 1; i <= 3; i++) {
      await one.step({ step_name: `step ${i}`, step_type: "http" });
      await follower.until(i);
    }
    await one.complete();
    await follower.until(4);
    await run.finalize();
    await follower.ended;
    await assertAllGivenOrNone(run.path, follower);
  }));

async function assertAllGivenOrNone(path: string, follower: Follower) {
  const run = await openRun(path);
  assert.deepEqual(
    follower.of("step"),
    await Array.fromAsync(run.steps()),
  );
  assert.equal(follower.of("assertion").length, 0);
  assert.equal(follower.of("instance").length, 1);
}

test("follow() returns all of a finished run, and ends", () =>
  withSampleRun(async (path) => {
    const follower = await follow(path);
    await follower.ended;
    await assertAllGiven(path, follower);
  }));

test("follow() survives a writer that delivers one byte at a time", () =>
  withSampleRun(async (path) => {
    const file = join(path, "steps.jsonl");
    const bytes = await readFile(file);
    await truncate(file, 0);
    const summary = await readFile(join(path, "summary.json"));
    await rm(join(path, "summary.json"));
    const follower = await follow(path);
    for (let i = 0; i < bytes.length; i++) {
      await appendFile(file, bytes.subarray(i, i + 1));
      if (bytes[i] !== 10) continue;
      const lines = bytes.subarray(0, i + 1).filter((byte) => byte === 10);
      // With what stood in the other two files.
      await follower.until(lines.length + 6);
    }
    await writeFile(join(path, "summary.json"), summary);
    await follower.ended;
    const run = await openRun(path);
    assert.deepEqual(follower.of("step"), await Array.fromAsync(run.steps()));
    assert.equal(follower.seen.length, 12);
  }));

test("follow() survives a run that is recovered under it", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await record(run, 5);
    await run[Symbol.asyncDispose]();
    await rm(join(run.path, "summary.json"));
    const file = join(run.path, "steps.jsonl");
    await appendFile(file, JSON.stringify(step).slice(0, 100));
    const follower = await follow(run.path);
    await follower.until(15 + 15 + 5);
    await recoverRun(run.path);
    await follower.ended;
    await assertAllGiven(run.path, follower);
  }));

test("follow() survives a run that is resumed under it", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await record(run, 5);
    await run[Symbol.asyncDispose]();
    await rm(join(run.path, "summary.json"));
    const file = join(run.path, "steps.jsonl");
    // Longer and shorter than what comes in its place.
    for (const torn of [JSON.stringify(step).slice(0, -1), "{"]) {
      await appendFile(file, torn);
      const follower = await follow(run.path);
      await follower.until(35);
      const again = await resumeRun(run.path);
      await again.appendStep({ ...step, step_name: "after" });
      await again.finalize();
      await follower.ended;
      const steps = follower.of("step") as typeof step[];
      assert.equal(steps.at(-1)!.step_name, "after");
      assert.deepEqual(
        steps,
        await Array.fromAsync((await openRun(run.path)).steps()),
      );
      await rm(join(run.path, "summary.json"));
    }
  }));

test("follow() yields no line that was joined from two", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await run.appendStep({ ...step, step_name: "before" });
    await run[Symbol.asyncDispose]();
    await rm(join(run.path, "summary.json"));
    const file = join(run.path, "steps.jsonl");
    await appendFile(file, JSON.stringify(step).slice(0, 200));
    const past = await openRun(run.path);
    for (const read of [past.follow(), past.steps()]) {
      // The torn piece is read along with the first line, and then cut.
      const records = read[Symbol.asyncIterator]();
      await records.next();
      const again = await resumeRun(run.path);
      const after = { ...step, instance_id: "inst_002", step_name: "after" };
      await again.appendStep(after);
      await again[Symbol.asyncDispose]();
      const { value } = await records.next();
      assert.deepEqual((value as FollowedRecord).record ?? value, after);
      await records.return?.();
      await rm(join(run.path, "summary.json"));
      await truncate(
        file,
        JSON.stringify({ ...step, step_name: "before" }).length + 1,
      );
      await appendFile(file, JSON.stringify(step).slice(0, 200));
    }
  }));

/** The file system of the runtime, with books on what is read. */
async function counted() {
  const fs = await runtimeFileSystem();
  const books = { open: 0, watches: 0, bytes: 0 };
  const counting: FileSystem = {
    ...fs,
    async openRead(path) {
      const handle = await fs.openRead(path);
      books.open++;
      return {
        async read(into, position) {
          const count = await handle.read(into, position);
          books.bytes += count;
          return count;
        },
        async close() {
          books.open--;
          await handle.close();
        },
      };
    },
    watch(path, onChange) {
      books.watches++;
      const stop = fs.watch!(path, onChange);
      return () => {
        books.watches--;
        stop();
      };
    },
  };
  return { fs: counting, books };
}

test("follow() closes its files when its signal fires, also during a read", () =>
  withTempDir(async (dir) => {
    const { fs, books } = await counted();
    const run = await aRun(dir);
    await run.appendStep({ ...step, run_id: run.run_id });
    await run.appendStep({ ...step, run_id: run.run_id });
    const stop = new AbortController();
    const past = await openRun(run.path, { fs });
    const reader = past.follow({ signal: stop.signal }).getReader();
    await reader.read();
    assert.deepEqual([books.open > 0, books.watches], [true, 1]);
    stop.abort();
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual([books.open, books.watches], [0, 0]);
    assert.equal((await reader.read()).done, true);

    await run.finalize();
    assert.equal((await Array.fromAsync(past.follow())).length, 2);
    assert.deepEqual([books.open, books.watches], [0, 0]);
  }));

test("follow() reads a long line that comes in pieces about twice", () =>
  withSampleRun(async (path) => {
    const { fs, books } = await counted();
    const past = await openRun(path, { fs });
    const summary = await readFile(join(path, "summary.json"));
    await rm(join(path, "summary.json"));
    const follower = new Follower(past.follow());
    await follower.until(12);
    const file = join(path, "steps.jsonl");
    const long = { ...step, observation: { body: "x".repeat(4_000_000) } };
    const bytes = new TextEncoder().encode(JSON.stringify(long) + "\n");
    books.bytes = 0;
    for (let at = 0; at < bytes.length; at += 64 * 1024) {
      await appendFile(file, bytes.subarray(at, at + 64 * 1024));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await follower.until(13);
    assert.deepEqual(follower.seen.at(-1)!.record, long);
    assert.ok(books.bytes < 3 * bytes.length, `${books.bytes} bytes`);
    await writeFile(join(path, "summary.json"), summary);
    await follower.ended;
  }));

test("follow() reports a file that is missing", () =>
  withSampleRun(async (path) => {
    const past = await openRun(path);
    await rm(join(path, "steps.jsonl"));
    await assert.rejects(Array.fromAsync(past.follow()), {
      code: "CORRUPT_FILE",
      file: join(path, "steps.jsonl"),
    });
    await rm(path, { recursive: true });
    await assert.rejects(Array.fromAsync(past.follow()), {
      code: "CORRUPT_FILE",
    });
  }));

test("follow() ends without an error when its signal fires, or it is left", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const stop = new AbortController();
    const follower = await follow(run.path, stop.signal);
    await run.appendStep({ ...step, run_id: run.run_id });
    await follower.until(1);
    stop.abort();
    await follower.ended;

    const past = await openRun(run.path);
    for await (const { kind } of past.follow()) {
      assert.equal(kind, "step");
      break;
    }
    // Nothing more is there to come: it must not wait for it.
    const reader = past.follow().getReader();
    await reader.read();
    const waiting = reader.read();
    await reader.cancel();
    assert.equal((await waiting).done, true);

    const fired = past.follow({ signal: AbortSignal.abort() });
    assert.deepEqual(await Array.fromAsync(fired), []);
    await run.finalize();
  }));

test("follow() looks by itself where the file system cannot report changes", () =>
  withTempDir(async (dir) => {
    const { watch: _, ...without } = await runtimeFileSystem();
    const broken = {
      ...without,
      watch(): never {
        throw new Error("ENOSPC: no more watches");
      },
    };
    for (const [i, fs] of [without, broken].entries()) {
      const run = await aRun(dir, { run_id: `run_${i}` });
      const past = await openRun(run.path, { fs });
      const follower = new Follower(past.follow());
      await run.appendStep({ ...step, run_id: run.run_id });
      await follower.until(1);
      await run.appendInstance({ ...instance, run_id: run.run_id });
      await follower.until(2);
      await run.finalize();
      await follower.ended;
    }
  }));

test("follow() raises a bad line after the records before it, or skips it", () =>
  withSampleRun(async (path) => {
    await appendFile(join(path, "steps.jsonl"), "bad\n");
    const follower = await follow(path);
    await assert.rejects(follower.ended, { code: "CORRUPT_LINE", line: 7 });
    assert.equal(follower.of("step").length, 6);

    const lines: (number | undefined)[] = [];
    const run = await openRun(path);
    const all = await Array.fromAsync(
      run.follow({ onCorruptLine: ({ line }) => lines.push(line) }),
    );
    assert.equal(all.length, 12);
    assert.deepEqual(lines, [7]);
  }));
