import assert from "node:assert/strict";
import { test } from "node:test";
import type { FileHandle } from "../../mod.ts";
import { CHUNK_BYTES_MAX, SHORT_TEXT_MAX } from "../../src/storage/limits.ts";
import { byteSink, LineSink } from "../../src/storage/line_sink.ts";

/** A file that takes at most so many bytes at a time. */
function shortFile(bytesMax: number) {
  const taken: Uint8Array[] = [];
  const refuse = () => Promise.reject(new Error("Not to be called"));
  const handle: FileHandle = {
    write(bytes) {
      const part = bytes.slice(0, bytesMax);
      taken.push(part);
      return part.length;
    },
    syncData: refuse,
    sync: refuse,
    truncate: refuse,
    close: refuse,
  };
  return { handle, bytes: () => Buffer.concat(taken) };
}

for (
  const [what, length] of [
    ["a line", 100],
    ["the longest short text", SHORT_TEXT_MAX],
    ["the shortest long text", SHORT_TEXT_MAX + 1],
    ["a text of several chunks", 2 * CHUNK_BYTES_MAX + 10],
  ] as const
) {
  for (const letter of ["x", "ü", "語", "🚀"]) {
    test(`write() writes ${what} of "${letter}", whatever is taken at a time`, async () => {
      const text = letter.repeat(length).slice(1 - length) + "\n";
      const file = shortFile(Math.max(7, length >> 4));
      const sink = new LineSink(file.handle);
      await sink.write(text);
      await sink.write("next\n");
      assert.ok(file.bytes().equals(Buffer.from(text + "next\n")));
    });
  }
}

test("byteSink() writes chunks in order, one at a time", async () => {
  let underWay = 0;
  const chunks: number[] = [];
  const handle = {
    async write(bytes: Uint8Array) {
      assert.equal(underWay++, 0);
      await new Promise((resolve) => setTimeout(resolve, 1));
      underWay--;
      chunks.push(bytes.length);
      return bytes.length;
    },
  } as unknown as FileHandle;
  const writer = byteSink(handle).getWriter();
  await Promise.all(
    [3, 1, 2].map((length) => writer.write(new Uint8Array(length))),
  );
  assert.deepEqual(chunks, [3, 1, 2]);
});
