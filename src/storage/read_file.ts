/**
 * Reads files as blocks, as a stream, or whole.
 *
 * @module
 */
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import type { FileSystem, ReadHandle } from "./file_system.ts";

const BLOCK_BYTES = 64 * 1024;

/**
 * Reads the bytes of a file from `position` on in blocks. All blocks but the last
 * have the same length; each is valid until the next one is read.
 */
export async function* fileBytes(
  fs: FileSystem,
  path: string,
  position: number,
): AsyncGenerator<Uint8Array, undefined> {
  const handle = await fs.openRead(path);
  try {
    const buffer = new Uint8Array(BLOCK_BYTES);
    for (;;) {
      const block = await readFully(handle, buffer, position);
      if (block.length > 0) yield block;
      if (block.length < buffer.length) return;
      position += block.length;
    }
  } finally {
    await handle.close();
  }
}

/** Reads a file as a stream, which closes it at its end or when cancelled. */
export function fileStream(
  fs: FileSystem,
  path: string,
): ReadableStream<Uint8Array> {
  const blocks = fileBytes(fs, path, 0);
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await blocks.next();
      if (done) controller.close();
      else controller.enqueue(value.slice());
    },
    async cancel() {
      await blocks.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/**
 * Fills `into` from byte `position` on, however short the single reads are.
 *
 * @returns The bytes that were read: fewer than `into` only at the end of the file.
 */
export async function readFully(
  handle: ReadHandle,
  into: Uint8Array,
  position: number,
): Promise<Uint8Array> {
  let done = 0;
  while (done < into.length) {
    const count = await handle.read(into.subarray(done), position + done);
    if (count === 0) break;
    done += count;
  }
  return into.subarray(0, done);
}

/** Reads a whole file: for files that are small. */
export async function readFile(
  fs: FileSystem,
  path: string,
): Promise<Uint8Array> {
  return new Uint8Array(await toArrayBuffer(fileStream(fs, path)));
}
