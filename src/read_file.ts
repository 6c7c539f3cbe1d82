/**
 * Whole files, for those that are small by nature.
 *
 * @module
 */
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import type { FileSystem, ReadHandle } from "./file_system.ts";

const BLOCK_BYTES = 64 * 1024;

/** A file as a stream of bytes, closed at its end and when it is cancelled. */
export function fileStream(
  fs: FileSystem,
  path: string,
): ReadableStream<Uint8Array> {
  let position = 0;
  let opening: Promise<ReadHandle> | undefined;
  return new ReadableStream({
    async pull(controller) {
      const handle = await (opening ??= fs.openRead(path));
      const block = new Uint8Array(BLOCK_BYTES);
      let count = 0;
      try {
        count = await handle.read(block, position);
      } finally {
        if (count === 0) await handle.close();
      }
      position += count;
      if (count === 0) controller.close();
      else controller.enqueue(block.subarray(0, count));
    },
    async cancel() {
      await (await opening)?.close();
    },
  }, { highWaterMark: 0 });
}

/**
 * Fills `into` from byte `position` on, however short the single reads are.
 *
 * @returns What was read: less than `into` only where the file ends.
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

/** The bytes of a file. */
export async function readFile(
  fs: FileSystem,
  path: string,
): Promise<Uint8Array> {
  return new Uint8Array(await toArrayBuffer(fileStream(fs, path)));
}
