import assert from "node:assert/strict";
import { test } from "node:test";
import { RecordStream } from "../../src/read/record_stream.ts";

/** A stream of 1 to 6, and what became of its source. */
function stream(failAfter = Infinity) {
  const source = { closed: false, cancelled: false };
  async function* blocks(): AsyncGenerator<number[]> {
    try {
      for (const block of [[1, 2, 3], [4], [5, 6]]) {
        if (block[0]! > failAfter) throw new Error("broken");
        yield block;
      }
    } finally {
      source.closed = true;
    }
  }
  const records = new RecordStream(blocks(), () => source.cancelled = true);
  return { records, source };
}

test("RecordStream returns every record, however it is read", async () => {
  const all = [1, 2, 3, 4, 5, 6];
  assert.deepEqual(await Array.fromAsync(stream().records), all);
  assert.deepEqual(await Array.fromAsync(stream().records.values()), all);
  const piped = stream().records.pipeThrough(new TransformStream());
  assert.deepEqual(await Array.fromAsync(piped), all);
  const [one, two] = stream().records.tee();
  assert.deepEqual(
    await Promise.all([Array.fromAsync(one), Array.fromAsync(two)]),
    [all, all],
  );
  const iterator = stream().records.values();
  const results = await Promise.all(all.concat(7).map(() => iterator.next()));
  assert.deepEqual(results.map(({ value }) => value), [...all, undefined]);
  assert.equal(results.at(-1)!.done, true);
});

test("RecordStream reports when it has ended", async () => {
  const { records, source } = stream();
  await Array.fromAsync(records);
  assert.deepEqual(source, { closed: true, cancelled: true });
});

test("RecordStream goes on where another reader left off", async () => {
  const { records } = stream();
  const reader = records.getReader();
  assert.deepEqual(await reader.read(), { done: false, value: 1 });
  reader.releaseLock();
  for await (const record of records.values({ preventCancel: true })) {
    assert.equal(record, 2);
    break;
  }
  assert.deepEqual(await Array.fromAsync(records), [3, 4, 5, 6]);
});

test("RecordStream closes its source when it is left early", async () => {
  const brokenOff = stream();
  for await (const record of brokenOff.records) if (record === 2) break;
  assert.deepEqual(brokenOff.source, { closed: true, cancelled: true });
  assert.deepEqual(await Array.fromAsync(brokenOff.records), []);

  const cancelled = stream();
  const reader = cancelled.records.getReader();
  await reader.read();
  await reader.cancel();
  assert.deepEqual(cancelled.source, { closed: true, cancelled: true });

  const thrown = stream();
  await assert.rejects(async () => {
    for await (const record of thrown.records) {
      throw new Error(`at ${record}`);
    }
  }, /at 1/);
  assert.equal(thrown.source.closed, true);
});

test("RecordStream ends where it is stopped, also under a reader", async () => {
  const { records, source } = stream();
  const reader = records.getReader();
  await reader.read();
  records.stop();
  assert.equal((await reader.read()).done, true);
  assert.deepEqual(source, { closed: true, cancelled: true });
});

test("RecordStream's iterator can be disposed of", async () => {
  const { records, source } = stream();
  const iterator = records.values();
  await iterator.next();
  // Deno's types do not have it.
  await (iterator as unknown as AsyncDisposable)[Symbol.asyncDispose]();
  assert.deepEqual(source, { closed: true, cancelled: true });
  assert.equal(records.locked, false);
});

test("RecordStream is locked while it is iterated, and no longer", async () => {
  const { records } = stream();
  for await (const _ of records) {
    assert.equal(records.locked, true);
    assert.throws(() => records.getReader(), TypeError);
  }
  assert.equal(records.locked, false);
});

test("RecordStream passes on an error after the records before it", async () => {
  const { records, source } = stream(4);
  const seen: number[] = [];
  await assert.rejects(async () => {
    for await (const record of records) seen.push(record);
  }, /broken/);
  assert.deepEqual(seen, [1, 2, 3, 4]);
  assert.equal(source.closed, true);
  assert.equal(records.locked, false);

  const reader = stream(0).records.getReader();
  await assert.rejects(reader.read(), /broken/);
});
