import assert from "node:assert/strict";
import { test } from "node:test";
import { writeAll } from "../../src/storage/write_all.ts";
import type { FileHandle } from "../../mod.ts";

type Answer = number | { code: string };

/** A file whose writes answer as planned: so many bytes, or an error. */
function plannedFile(plan: Answer[], later = false) {
  const written: number[] = [];
  const handle = {
    write(bytes: Uint8Array) {
      const answer = plan.length > 0 ? plan.shift()! : bytes.length;
      if (typeof answer !== "number") {
        const error = Object.assign(new Error(answer.code), answer);
        if (later) return Promise.reject(error);
        throw error;
      }
      const count = Math.min(answer, bytes.length);
      written.push(...bytes.subarray(0, count));
      return later ? Promise.resolve(count) : count;
    },
  } as unknown as FileHandle;
  return { handle, written };
}

const BYTES = Uint8Array.from({ length: 100 }, (_, i) => i);

for (const later of [false, true]) {
  const how = later ? "a promise" : "a number";

  test(`writeAll() continues after short writes that return ${how}`, async () => {
    const file = plannedFile([1, 40, 0, 3, 0, 0, 50], later);
    await writeAll(file.handle, BYTES);
    assert.deepEqual(file.written, [...BYTES]);
  });

  test(`writeAll() tries again after EINTR and EAGAIN ${how}`, async () => {
    const file = plannedFile(
      [{ code: "EINTR" }, 10, { code: "EAGAIN" }, { code: "EINTR" }, 5],
      later,
    );
    await writeAll(file.handle, BYTES);
    assert.deepEqual(file.written, [...BYTES]);
  });

  test(`writeAll() rejects with any other error ${how}`, async () => {
    const file = plannedFile([10, { code: "ENOSPC" }], later);
    await assert.rejects(async () => await writeAll(file.handle, BYTES), {
      code: "ENOSPC",
    });
    assert.deepEqual(file.written, [...BYTES.subarray(0, 10)]);
  });
}

test("writeAll() gives up when the file never accepts a byte", async () => {
  const file = plannedFile(Array(1000).fill(0));
  await assert.rejects(
    async () => await writeAll(file.handle, BYTES),
    /accepted no byte/,
  );
  const busy = plannedFile(Array(1000).fill({ code: "EAGAIN" }));
  await assert.rejects(async () => await writeAll(busy.handle, BYTES), {
    code: "EAGAIN",
  });
});

test("writeAll() does not believe a count that cannot be", async () => {
  for (const count of [-1, 101, 0.5, NaN]) {
    const handle = { write: () => count } as unknown as FileHandle;
    await assert.rejects(
      async () => await writeAll(handle, BYTES),
      /Invariant/,
    );
  }
});
