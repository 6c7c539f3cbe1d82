/** Failed writes that nobody awaits. */
import assert from "node:assert/strict";
import process from "node:process";
import test from "node:test";
import { unawaited, unawaitedAfter } from "../../src/record/unawaited.ts";

const nextTurn = () => new Promise((resolve) => setTimeout(resolve, 0));

test("a failed write that is not awaited is not an unhandled rejection", async () => {
  const unhandled: unknown[] = [];
  const hear = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", hear);
  try {
    const { promise, reject } = Promise.withResolvers<void>();
    unawaited(promise);
    unawaitedAfter(promise, 1);
    unawaited(Promise.reject(new Error("disk full")));
    reject(new Error("disk full"));
    await nextTurn();
    assert.deepEqual(unhandled, []);
  } finally {
    process.off("unhandledRejection", hear);
  }
});

test("a write that is awaited resolves to its value, or rejects with its failure", async () => {
  assert.equal(await unawaitedAfter(Promise.resolve(), 1), 1);
  const failed = unawaited(Promise.reject<void>(new Error("disk full")));
  await assert.rejects(unawaitedAfter(failed, 1), /^Error: disk full$/);
});
