/**
 * Makes the lines of a new run: of records, or of lines of other runs, which are
 * copied without parsing them.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { LineReader } from "../storage/line_reader.ts";
import { NEWLINE } from "../storage/torn_tail.ts";
import { writeAll } from "../storage/write_all.ts";

/** Bytes that are written at once. */
const WRITE_BYTES = 512 * 1024;

/** How every line begins, as the format orders its fields. */
const START = new TextEncoder().encode('{"instance_id":"');
const QUOTE = 0x22;

/**
 * Returns records that were read from a run as lines: as they are, fields that
 * this version does not know included.
 */
export function linesOf(records: readonly object[]): string {
  return records.map((record) => JSON.stringify(record) + "\n").join("");
}

/** Copies lines of any run as lines of one. */
export class LineMerger {
  readonly #handle: FileHandle;
  readonly #run_id: Uint8Array;
  readonly #buffer = new Uint8Array(WRITE_BYTES);
  #filled = 0;

  /** @param run_id The run id that every line gets. */
  constructor(handle: FileHandle, run_id: string) {
    this.#handle = handle;
    this.#run_id = runIdField(run_id);
  }

  /**
   * Appends the whole lines of a file. Bytes after the last newline are left out.
   *
   * @returns The number of lines.
   * @throws {ArtifactError} `CORRUPT_LINE` where one does not begin with the
   * fields of the format, or has another run id; `CORRUPT_FILE`, `READ_FAILED`
   */
  async append(fs: FileSystem, file: string, run_id: string): Promise<number> {
    const field = runIdField(run_id);
    const reader = await LineReader.open(fs, file);
    let lines = 0;
    try {
      for (let block; (block = await reader.next());) {
        const { bytes, offset, tooLong } = block;
        if (tooLong) throw corrupt(file, lines + 1, offset, "is too long");
        for (let at = 0; at < bytes.length;) {
          lines++;
          const end = bytes.indexOf(NEWLINE, at) + 1;
          const idEnd = idEndOf(bytes, at);
          if (!hasAt(bytes, idEnd, field)) {
            throw corrupt(
              file,
              lines,
              offset + at,
              `does not begin with "instance_id" and the "run_id" ${
                JSON.stringify(run_id)
              }`,
            );
          }
          await this.#put(bytes.subarray(at, idEnd));
          await this.#put(this.#run_id);
          await this.#put(bytes.subarray(idEnd + field.length, end));
          at = end;
        }
      }
    } finally {
      await reader.close();
    }
    return lines;
  }

  /** Writes what is left. */
  async flush(): Promise<void> {
    await writeAll(this.#handle, this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  #put(bytes: Uint8Array): void | Promise<void> {
    if (this.#filled + bytes.length > WRITE_BYTES) return this.#putLong(bytes);
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  async #putLong(bytes: Uint8Array): Promise<void> {
    await this.flush();
    if (bytes.length > WRITE_BYTES) await writeAll(this.#handle, bytes);
    else await this.#put(bytes);
  }
}

/** What stands between the instance id of a line and its other fields. */
function runIdField(run_id: string): Uint8Array {
  return new TextEncoder().encode(`","run_id":${JSON.stringify(run_id)},`);
}

/** Where the instance id of a line ends; -1 where there is none. */
function idEndOf(bytes: Uint8Array, at: number): number {
  // No id holds a quote or a backslash: they are names of files.
  return hasAt(bytes, at, START) ? bytes.indexOf(QUOTE, at + START.length) : -1;
}

function hasAt(bytes: Uint8Array, at: number, part: Uint8Array): boolean {
  if (at < 0) return false;
  for (let i = 0; i < part.length; i++) {
    if (bytes[at + i] !== part[i]) return false;
  }
  return true;
}

function corrupt(
  file: string,
  line: number,
  offset: number,
  problem: string,
): ArtifactError {
  return new ArtifactError(
    "CORRUPT_LINE",
    `Cannot merge "${file}": line ${line} ${problem}`,
    { file, line, offset },
  );
}
