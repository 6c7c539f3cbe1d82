import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileHandle } from "../../mod.ts";
import {
  AppendLog,
  type AppendLogOptions,
} from "../../src/storage/append_log.ts";
import { RunFailure } from "../../src/storage/run_failure.ts";
import {
  BATCH_BYTES_MAX,
  FOLLOW_BYTES_MAX,
  QUEUE_BYTES_MAX,
  READY_BYTES_MAX,
} from "../../src/storage/limits.ts";

/** A file that notes what is done to it, and can hold up or fail a verb. */
class NotedFile implements FileHandle {
  readonly log: string[] = [];
  text = "";
  hold: { write?: Promise<void>; sync?: Promise<void> } = {};
  fail: { write?: Error; sync?: Error } = {};

  async write(bytes: Uint8Array): Promise<number> {
    const text = new TextDecoder().decode(bytes);
    this.log.push(`write ${text.split("\n").length - 1}`);
    await this.hold.write;
    if (this.fail.write) throw this.fail.write;
    this.text += text;
    return bytes.length;
  }
  async syncData(): Promise<void> {
    this.log.push("sync");
    await this.hold.sync;
    if (this.fail.sync) throw this.fail.sync;
    this.log.push("synced");
  }
  sync = () => this.syncData();
  truncate = () => Promise.reject(new Error("Not to be called"));
  close = () => Promise.resolve();
}

function openLog(options: Partial<AppendLogOptions> = {}) {
  const file = new NotedFile();
  const failure = options.failure ?? new RunFailure();
  const log = new AppendLog(file, {
    file: "steps.jsonl",
    acknowledge: "written",
    failure,
    ...options,
  });
  return { file, failure, log };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const gate = () => Promise.withResolvers<void>();

test("append() joins the appends of a turn into one write", async () => {
  const { file, log } = openLog();
  await Promise.all([log.append("a\n"), log.append("b\n"), log.append("c\n")]);
  await log.append("d\n");
  assert.deepEqual(file.log, ["write 3", "write 1"]);
  assert.equal(file.text, "a\nb\nc\nd\n");
});

test("append() writes a lone record by the end of the turn", async () => {
  const { file, log } = openLog();
  log.append("a\n");
  assert.equal(file.text, "");
  await turn();
  await turn();
  assert.equal(file.text, "a\n");
});

test("append() lets a sequential producer continue within the turn, and others too", async () => {
  const { file, log } = openLog();
  const line = "x".repeat(1023) + "\n";
  let turns = 0;
  let over = false;
  const tick = () => {
    turns++;
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  const lines = 10 * FOLLOW_BYTES_MAX / line.length;
  const append = async () => await log.append(line);
  for (let i = 0; i < lines; i++) await append();
  over = true;
  assert.equal(file.log.length, lines, "One write a line");
  assert.ok(turns >= 10, `${turns} turns: nobody else had one`);
  assert.ok(turns <= 30, `${turns} turns for ${lines} lines`);
});

test("append() joins lines of separate callbacks of a turn, also after a lone one", async () => {
  const { file, log } = openLog();
  await log.append("a\n");
  await turn();
  const appends: Promise<void>[] = [];
  for (let i = 0; i < 5; i++) {
    setImmediate(() => appends.push(log.append(`${i}\n`)));
  }
  await turn();
  await turn();
  await Promise.all(appends);
  assert.deepEqual(file.log, ["write 1", "write 5"]);
});

test("append() joins what arrives while a write is under way", async () => {
  const { file, log } = openLog();
  const held = gate();
  file.hold.write = held.promise;
  const first = log.append("a\n");
  await turn();
  const later = [];
  for (let i = 0; i < 5; i++) {
    later.push(log.append(`${i}\n`));
    await turn();
  }
  held.resolve();
  await Promise.all([first, ...later]);
  assert.deepEqual(file.log, ["write 1", "write 5"]);
  assert.equal(file.text, "a\n0\n1\n2\n3\n4\n");
});

test("append() closes a batch that is full", async () => {
  const { file, log } = openLog();
  const text = "x".repeat(BATCH_BYTES_MAX / 2) + "\n";
  const line = new TextEncoder().encode(text);
  await Promise.all([line, line, line].map((line) => log.append(line)));
  assert.deepEqual(file.log, ["write 2", "write 1"]);
});

test("append() keeps the order of bytes, short texts and long ones", async () => {
  const { file, log } = openLog();
  const texts = ["a", "語".repeat(20_000), "é", "b", "x".repeat(50_000), "c"]
    .map((text) => text + "\n");
  const lines = texts.map((text, i) =>
    i % 2 ? text : new TextEncoder().encode(text)
  );
  await Promise.all(lines.map((line) => log.append(line)));
  assert.equal(file.text, texts.join(""));
});

for (const taken of ["all", "half", "later", "none"] as const) {
  test(`append() writes the line of a lone producer at once, where the file takes ${taken}`, async () => {
    const { file, log, failure } = openLog();
    const textOf = (i: number) => `${String(i).padStart(7, "0")}\n`;
    const line = new Uint8Array(8);
    let calls = 0;
    file.write = ((bytes: Uint8Array) => {
      if (++calls % 2 === 0 && calls > 3) {
        if (taken === "later") {
          return new Promise((go) =>
            setTimeout(() => {
              file.text += new TextDecoder().decode(bytes);
              go(bytes.length);
            })
          );
        }
        if (taken === "none") throw new Error("no space");
        if (taken === "half") bytes = bytes.subarray(0, 4);
      }
      file.text += new TextDecoder().decode(bytes);
      return bytes.length;
    }) as never;
    const given: Promise<void>[] = [];
    let atOnce = 0;
    for (let i = 0; i < 20; i++) {
      const before = file.text.length;
      new TextEncoder().encodeInto(textOf(i), line);
      given.push(log.append(line));
      line.fill(0x78); // The caller's buffer is used again.
      if (file.text.length > before) atOnce++;
      try {
        await given.at(-1);
      } catch (error) {
        assert.equal(error, failure.error);
        break;
      }
    }
    if (taken === "none") {
      assert.equal((failure.error as { code: string }).code, "WRITE_FAILED");
      assert.equal(file.text, [0, 1, 2].map(textOf).join(""));
      return;
    }
    assert.ok(atOnce >= 9, `${atOnce} at once`);
    const texts = Array.from({ length: 20 }, (_, i) => textOf(i));
    assert.equal(file.text, texts.join(""));
    await log.written();
    assert.equal(log.queuedBytes, 0);
  });
}

test("append() resolves after the write when written is enough", async () => {
  const { file, log } = openLog();
  const held = gate();
  file.hold.write = held.promise;
  let resolved = false;
  const append = log.append("a\n").then(() => resolved = true);
  for (let i = 0; i < 10; i++) await turn();
  assert.equal(resolved, false);
  held.resolve();
  await append;
  assert.deepEqual(file.log, ["write 1"]);
});

test("append() resolves after a sync when it must be durable", async () => {
  const { file, log } = openLog({ acknowledge: "durable" });
  const held = gate();
  file.hold.sync = held.promise;
  let resolved = false;
  const append = log.append("a\n").then(() => resolved = true);
  for (let i = 0; i < 10; i++) await turn();
  assert.deepEqual(file.log, ["write 1", "sync"]);
  assert.equal(resolved, false);
  held.resolve();
  await append;
});

test("append() shares one sync among what was written before it", async () => {
  const { file, log } = openLog({ acknowledge: "durable" });
  const held = gate();
  file.hold.sync = held.promise;
  const appends = [log.append("a\n")];
  await turn();
  await turn();
  for (let i = 0; i < 5; i++) {
    appends.push(log.append(`${i}\n`));
    await turn();
    await turn();
  }
  // Written while the first sync runs, and not acknowledged by it.
  assert.equal(file.text, "a\n0\n1\n2\n3\n4\n");
  file.hold.sync = undefined;
  held.resolve();
  await Promise.all(appends);
  assert.deepEqual(file.log.filter((entry) => entry === "sync").length, 2);
});

test("synced() does not take a sync that began before the write", async () => {
  const { file, log } = openLog();
  const held = gate();
  await log.append("a\n");
  file.hold.sync = held.promise;
  const first = log.synced();
  await turn();
  await log.append("b\n");
  const second = log.synced();
  await turn();
  held.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(file.log, [
    "write 1",
    "sync",
    "write 1",
    "synced",
    "sync",
    "synced",
  ]);
  await log.synced();
  assert.equal(file.log.length, 6, "Nothing is left to sync");
});

test("beforeWrite() is awaited for each batch after it is closed", async () => {
  const steps = openLog();
  const instances = openLog({
    acknowledge: "durable",
    beforeWrite: () => steps.log.synced(),
    failure: steps.failure,
  });
  const order: string[] = [];
  steps.file.log.push = (entry) => order.push(`steps ${entry}`);
  instances.file.log.push = (entry) => order.push(`instances ${entry}`);
  const instance = instances.log.append("i\n");
  steps.log.append("s\n"); // Later, in the same turn: covered all the same.
  await instance;
  assert.deepEqual(order, [
    "steps write 1",
    "steps sync",
    "steps synced",
    "instances write 1",
    "instances sync",
    "instances synced",
  ]);
});

for (const verb of ["write", "sync"] as const) {
  test(`a failed ${verb} rejects all that is pending and later`, async () => {
    const failure = new RunFailure();
    const a = openLog({ acknowledge: "durable", failure });
    const b = openLog({ acknowledge: "durable", failure });
    const cause = Object.assign(new Error("no space"), { code: "ENOSPC" });
    a.file.fail[verb] = cause;
    const held = gate();
    b.file.hold.write = held.promise;
    const pending = [a.log.append("1\n"), b.log.append("2\n"), b.log.synced()];
    const results = await Promise.allSettled(pending);
    for (const result of results) {
      assert.equal(result.status, "rejected");
      assert.equal(result.reason, failure.error);
    }
    assert.equal(failure.error?.code, "WRITE_FAILED");
    assert.equal(failure.error.cause, cause);
    held.resolve();
    await turn();
    for (const log of [a.log, b.log]) {
      assert.throws(() => log.append("3\n"), failure.error);
      await assert.rejects(log.written(), failure.error);
      await assert.rejects(log.synced(), failure.error);
    }
    const tries = a.file.log.filter((entry) => entry.startsWith(verb)).length;
    assert.equal(tries, 1, "Nothing is tried again");
  });
}

test("ready() waits while the queue is long, and appends stay in order", async () => {
  const { file, log } = openLog();
  const held = gate();
  file.hold.write = held.promise;
  const line = (i: number) => `${i}`.padEnd(1024 * 1024 - 1, ".") + "\n";
  const order: number[] = [];
  const appends = [];
  for (let i = 0; i < 40; i++) {
    if (log.queuedBytes < READY_BYTES_MAX) await log.ready(1);
    appends.push(log.append(line(i)).then(() => order.push(i)));
  }
  let ready = false;
  const waited = log.ready(1).then(() => ready = true);
  for (let i = 0; i < 10; i++) await turn();
  assert.equal(ready, false);
  held.resolve();
  await waited;
  assert.ok(log.queuedBytes < READY_BYTES_MAX);
  await Promise.all(appends);
  assert.deepEqual(order, Array.from({ length: 40 }, (_, i) => i));
  const written = file.text.split("\n").map((text) => parseInt(text));
  assert.deepEqual(written.slice(0, 40), order);
  assert.equal(log.queuedBytes, 0);
});

test("append() throws QUEUE_FULL when too much waits, and accepts lines again later", async () => {
  const { file, log } = openLog();
  const held = gate();
  file.hold.write = held.promise;
  const line = "x".repeat(4 * 1024 * 1024 - 1) + "\n";
  const room = QUEUE_BYTES_MAX / line.length;
  const appends = [];
  for (let i = 0; i < room; i++) appends.push(log.append(line));
  assert.throws(() => log.append(line), { code: "QUEUE_FULL" });
  file.write = (bytes) => Promise.resolve(bytes.length);
  held.resolve();
  await Promise.all(appends);
  await log.append("again\n");
});

test("append() accepts a line that is larger than the queue", async () => {
  const { file, log } = openLog();
  const line = "x".repeat(QUEUE_BYTES_MAX + 1) + "\n";
  let bytes = 0;
  file.write = (chunk) =>
    Promise.resolve((bytes += chunk.length, chunk.length));
  const first = log.append(line);
  assert.throws(() => log.append("y\n"), { code: "QUEUE_FULL" });
  await first;
  await log.append("y\n");
  assert.equal(bytes, line.length + 2);
});

test("append() writes no line without its newline", async () => {
  const { file, failure, log } = openLog();
  await assert.rejects(log.append("a\nb"), {
    code: "WRITE_FAILED",
    message: /Invariant: a batch ends with a newline/,
  });
  assert.equal(failure.error?.code, "WRITE_FAILED");
  assert.deepEqual(file.log, []);
});
