import assert from "node:assert/strict";
import { appendFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { LineReader } from "../../src/storage/line_reader.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { shortReads } from "../support/short_reads.ts";
import { withTempDir } from "../support/temp_dir.ts";

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function withReader(
  content: string | Uint8Array,
  body: (lines: LineReader, file: string) => Promise<void>,
  {
    readBytesMax = Infinity,
    lineBytesMax = undefined as
      | number
      | undefined,
  } = {},
): Promise<void> {
  return withTempDir(async (dir) => {
    const file = join(dir, "lines.jsonl");
    await writeFile(file, content);
    const fs = shortReads(await runtimeFileSystem(), readBytesMax);
    const lines = await LineReader.open(fs, file, lineBytesMax);
    try {
      await body(lines, file);
    } finally {
      await lines.close();
    }
  });
}

/** All that there is by now, as text, and where it stood. */
async function drain(
  lines: LineReader,
): Promise<{ text: string; offset: number; tooLong: boolean }[]> {
  const blocks = [];
  for (let block; (block = await lines.next());) {
    const { bytes, offset, tooLong } = block;
    blocks.push({ text: decode(bytes), offset, tooLong });
  }
  return blocks;
}

test("next() returns all whole lines, however short the reads are", async () => {
  const text = '{"a":1}\n\n{"b":"é🛒"}\r\n' + "x".repeat(300) + "\n" + "torn";
  for (const readBytesMax of [1, 2, 3, 7, 64, Infinity]) {
    await withReader(text, async (lines) => {
      const blocks = await drain(lines);
      assert.equal(blocks.map(({ text }) => text).join("") + "torn", text);
      let offset = 0;
      for (const block of blocks) {
        assert.equal(block.offset, offset);
        offset += new TextEncoder().encode(block.text).length;
      }
      assert.equal(lines.offset, offset);
    }, { readBytesMax });
  }
});

test("next() returns nothing for an empty file, or one without a newline", async () => {
  for (const text of ["", "torn", "\ufeff", "x".repeat(200_000)]) {
    await withReader(text, async (lines) => {
      assert.deepEqual(await drain(lines), []);
      assert.deepEqual(await drain(lines), []);
    });
  }
});

test("next() passes over a byte order mark at the start, and nowhere else", async () => {
  for (const readBytesMax of [1, 2, 3, 4, Infinity]) {
    await withReader("\ufeffone\n\ufefftwo\n", async (lines) => {
      const blocks = await drain(lines);
      assert.equal(blocks[0]!.offset, 3);
      assert.equal(
        blocks.map(({ text }) => text).join(""),
        // TextDecoder takes one away from the start of what it is given.
        readBytesMax === Infinity ? "one\n\ufefftwo\n" : "one\ntwo\n",
      );
      assert.equal(lines.offset, 14);
    }, { readBytesMax });
  }
});

test("next() continues where more was written, and where the torn part was cut", () =>
  withReader("one\ntw", async (lines, file) => {
    assert.equal((await drain(lines))[0]!.text, "one\n");
    await appendFile(file, "o");
    assert.deepEqual(await drain(lines), []);
    await truncate(file, 4);
    assert.deepEqual(await drain(lines), []);
    await appendFile(file, "2\n");
    assert.deepEqual(await drain(lines), [
      { text: "2\n", offset: 4, tooLong: false },
    ]);
  }));

test("next() returns the beginning of a line that is too long, and continues after it", async () => {
  const lineBytesMax = 256 * 1024;
  const long = "x".repeat(3_000_000);
  await withReader(`one\n${long}\ntwo\n${long}`, async (lines) => {
    const blocks = await drain(lines);
    assert.deepEqual(
      blocks.map(({ text, ...block }) => ({
        ...block,
        text: text.slice(0, 4),
      })),
      [
        { offset: 0, tooLong: false, text: "one\n" },
        { offset: 4, tooLong: true, text: "xxxx" },
        { offset: 3_000_005, tooLong: false, text: "two\n" },
      ],
    );
    assert.ok(blocks[1]!.text.length <= lineBytesMax);
    // What follows is torn: it is not a line that could be too long.
    assert.equal(lines.offset, 3_000_009);
  }, { lineBytesMax });
});

test("open() says which file is missing", () =>
  withTempDir(async (dir) => {
    const file = join(dir, "steps.jsonl");
    await assert.rejects(LineReader.open(await runtimeFileSystem(), file), {
      code: "CORRUPT_FILE",
      file,
      message: /it is missing/,
    });
  }));
