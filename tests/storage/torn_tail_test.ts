import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { runtimeFileSystem } from "../../src/adapters/mod.ts";
import { fileSize, findTornTail } from "../../src/storage/torn_tail.ts";
import { shortReads } from "../support/short_reads.ts";
import { withTempDir } from "../support/temp_dir.ts";

const fs = await runtimeFileSystem();

/** Texts, and the length of the torn tail of each. */
const TEXTS: [text: string, tornBytes: number][] = [
  ["", 0],
  ["\n", 0],
  ["a\nb\n", 0],
  ["a", 1],
  ["a\nbc", 2],
  // Longer than one block, and a newline at the edge of one.
  ["x".repeat(200_000), 200_000],
  ["a\n" + "x".repeat(200_000), 200_000],
  ["a\n" + "x".repeat(64 * 1024), 64 * 1024],
  ["a\n" + "x".repeat(64 * 1024 - 1), 64 * 1024 - 1],
  ["x".repeat(200_000) + "\n", 0],
];

test("findTornTail() finds the bytes after the last newline, however short the reads are", () =>
  withTempDir(async (dir) => {
    const file = join(dir, "steps.jsonl");
    for (const [text, tornBytes] of TEXTS) {
      await writeFile(file, text);
      for (const readBytesMax of [1000, 1024 * 1024]) {
        assert.deepEqual(
          await findTornTail(shortReads(fs, readBytesMax), file),
          tornBytes === 0
            ? undefined
            : { file, offset: text.length - tornBytes, bytes: tornBytes },
        );
      }
    }
  }));

test("findTornTail() finds nothing in a missing file or a directory", () =>
  withTempDir(async (dir) => {
    assert.equal(await findTornTail(fs, join(dir, "missing")), undefined);
    assert.equal(await findTornTail(fs, dir), undefined);
  }));

test("fileSize() returns the length of a file, and rejects a missing one", () =>
  withTempDir(async (dir) => {
    const file = join(dir, "steps.jsonl");
    await assert.rejects(fileSize(fs, file), {
      code: "CORRUPT_FILE",
      file,
      message: /is missing/,
    });
    await writeFile(file, "abc");
    assert.equal(await fileSize(fs, file), 3);
    await mkdir(join(dir, "directory"));
    await assert.rejects(fileSize(fs, join(dir, "directory")), {
      code: "CORRUPT_FILE",
      message: /is a directory/,
    });
  }));
