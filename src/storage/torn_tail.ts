/**
 * Finds the end of the last whole line of a file.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "./file_system.ts";
import { readGuard } from "./io_errors.ts";
import { readFully } from "./read_file.ts";

/** The byte that ends a line. */
export const NEWLINE = 10;

/** Bytes after the last newline of a file, as a crash during a write leaves. */
export interface TornTail {
  /** The file. */
  file: string;
  /** Byte offset of the first torn byte: the length of all whole lines. */
  offset: number;
  /** Number of bytes. */
  bytes: number;
}

/**
 * Returns the length in bytes of a file that every run has.
 *
 * @throws {ArtifactError} `CORRUPT_FILE` where it is missing, `READ_FAILED`
 */
export async function fileSize(fs: FileSystem, file: string): Promise<number> {
  const info = await readGuard(file, () => fs.stat(file));
  if (info && !info.isDirectory) return info.size;
  throw new ArtifactError(
    "CORRUPT_FILE",
    `Cannot read "${file}": it is ${
      info ? "a directory" : "missing, though every run has it"
    }`,
    { file },
  );
}

/**
 * Finds a torn tail: reads backwards from the end of the file. Returns
 * `undefined` where the file ends with a newline, is empty or is missing.
 *
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function findTornTail(
  fs: FileSystem,
  file: string,
): Promise<TornTail | undefined> {
  const info = await readGuard(file, () => fs.stat(file));
  if (!info || info.isDirectory || info.size === 0) return undefined;
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
