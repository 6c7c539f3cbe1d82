/**
 * A JSONL file as blocks of whole lines. Reads large blocks through the seam,
 * looks for newlines as bytes, and decodes nothing.
 *
 * @module
 */
import { ArtifactError } from "./errors.ts";
import type { FileSystem } from "./file_system.ts";
import { readGuard } from "./io_errors.ts";
import { readFully } from "./read_file.ts";

/** What is read at a time: little of a small file, and more of a large one. */
const BLOCK_BYTES_MIN = 64 * 1024;
const BLOCK_BYTES = 1024 * 1024;

/** Longest line that is read: longer than any string a runtime can hold. */
export const LINE_BYTES_MAX: number = 1024 * 1024 * 1024;

const NEWLINE = 10;

/** Whole lines, as they stand in the file. */
export interface LineBlock {
  /** The bytes, ending with a newline. Valid until the next block is asked for. */
  bytes: Uint8Array;
  /** Byte offset of the block in the file. */
  offset: number;
  /** Number of its first line, from 1. */
  line: number;
}

/** Bytes after the last newline of a file: what a crash in mid-write leaves. */
export interface TornTail {
  /** The file. */
  file: string;
  /** Byte offset of the first torn byte: the length of the whole lines. */
  offset: number;
  /** How many bytes there are. */
  bytes: number;
}

/**
 * Reads the whole lines of a file, in order. The bytes after the last newline
 * are left out: {@linkcode findTornTail} tells of them.
 *
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function* lineBlocks(
  fs: FileSystem,
  file: string,
): AsyncGenerator<LineBlock> {
  const handle = await readGuard(file, () => fs.openRead(file));
  try {
    let buffer = new Uint8Array(BLOCK_BYTES_MIN);
    let offset = 0;
    let line = 1;
    let kept = 0;
    for (;;) {
      const count = await readGuard(
        file,
        () => handle.read(buffer.subarray(kept), offset + kept),
      );
      if (count === 0) return;
      const end = kept + count;
      // Bytes kept from before hold no newline: look at the new ones only.
      const last = buffer.subarray(kept, end).lastIndexOf(NEWLINE);
      if (last === -1) {
        kept = end;
        if (kept === buffer.length) buffer = grow(file, buffer);
        continue;
      }
      const bytes = buffer.subarray(0, kept + last + 1);
      yield { bytes, offset, line };
      for (let at = bytes.indexOf(NEWLINE); at !== -1;) {
        line++;
        at = bytes.indexOf(NEWLINE, at + 1);
      }
      offset += bytes.length;
      kept = end - bytes.length;
      if (end === buffer.length && buffer.length < BLOCK_BYTES) {
        const larger = new Uint8Array(BLOCK_BYTES);
        larger.set(buffer.subarray(bytes.length, end));
        buffer = larger;
      } else {
        buffer.copyWithin(0, bytes.length, end);
      }
    }
  } finally {
    await handle.close();
  }
}

/**
 * Looks for a torn tail, from the end of the file backwards.
 *
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function findTornTail(
  fs: FileSystem,
  file: string,
): Promise<TornTail | undefined> {
  const info = await readGuard(file, () => fs.stat(file));
  if (!info || info.size === 0) return undefined;
  const handle = await readGuard(file, () => fs.openRead(file));
  try {
    const buffer = new Uint8Array(64 * 1024);
    let offset = 0;
    for (let end = info.size; end > 0;) {
      const start = Math.max(0, end - buffer.length);
      const wanted = buffer.subarray(0, end - start);
      const block = await readGuard(
        file,
        () => readFully(handle, wanted, start),
      );
      const at = block.lastIndexOf(NEWLINE);
      if (at !== -1) {
        offset = start + at + 1;
        break;
      }
      end = start;
    }
    const bytes = info.size - offset;
    return bytes === 0 ? undefined : { file, offset, bytes };
  } finally {
    await handle.close();
  }
}

function grow(
  file: string,
  buffer: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  if (buffer.length >= LINE_BYTES_MAX) {
    throw new ArtifactError(
      "READ_FAILED",
      `Cannot read "${file}": a line is longer than ${LINE_BYTES_MAX} bytes`,
      { file },
    );
  }
  const larger = new Uint8Array(buffer.length * 2);
  larger.set(buffer);
  return larger;
}
