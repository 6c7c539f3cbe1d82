/**
 * A JSONL file as blocks of whole lines. Reads large blocks through the seam,
 * looks for newlines as bytes, and decodes nothing.
 *
 * @module
 */
import type { FileSystem, ReadHandle } from "./file_system.ts";
import { readGuard } from "./io_errors.ts";
import { readFully } from "./read_file.ts";
import { afterPendingEvents } from "./event_loop.ts";
import { fileSize, NEWLINE } from "./torn_tail.ts";

/** What is read at a time: little of a small file, and more of a large one. */
const BLOCK_BYTES_MIN = 64 * 1024;
const BLOCK_BYTES = 128 * 1024;

/** What is read in one turn of the event loop: some milliseconds' worth. */
const TURN_BYTES = 1024 * 1024;

/** Longest line that is read: as long as the longest string of V8. */
export const LINE_BYTES_MAX: number = 2 ** 29 - 24;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Whole lines, as they stand in the file. */
export interface LineBlock {
  /** The bytes, ending with a newline. Valid until the next block is asked for. */
  bytes: Uint8Array;
  /** Byte offset of the block in the file. */
  offset: number;
  /**
   * Whether this is no more than the beginning, without its newline, of one line
   * that is longer than {@linkcode LINE_BYTES_MAX}.
   */
  tooLong: boolean;
}

/**
 * Reads the whole lines of a file in order, as far as there are any now; and
 * again later, where more were written meanwhile. A byte order mark at the start
 * of the file is passed over.
 */
export class LineReader {
  readonly #file: string;
  readonly #handle: ReadHandle;
  #buffer = new Uint8Array(BLOCK_BYTES_MIN);
  /** Bytes of the buffer that were read. */
  #filled = 0;
  /** Bytes of the buffer that were given, and are to be let go. */
  #given = 0;
  #offset = 0;
  /** What was read in this turn of the event loop. */
  #turnBytes = 0;

  readonly #lineBytesMax: number;

  private constructor(
    file: string,
    handle: ReadHandle,
    lineBytesMax: number,
  ) {
    this.#file = file;
    this.#handle = handle;
    this.#lineBytesMax = lineBytesMax;
  }

  /**
   * Opens a file.
   *
   * @throws {ArtifactError} `CORRUPT_FILE` where it is missing, `READ_FAILED`
   */
  static async open(
    fs: FileSystem,
    file: string,
    lineBytesMax: number = LINE_BYTES_MAX,
  ): Promise<LineReader> {
    await fileSize(fs, file);
    const handle = await readGuard(file, () => fs.openRead(file));
    return new LineReader(file, handle, lineBytesMax);
  }

  /** Byte offset in the file of what {@linkcode LineReader.next} gives next. */
  get offset(): number {
    return this.#offset + this.#given;
  }

  /**
   * The next whole lines; `undefined` where there are none by now. The bytes
   * after the last newline are left out: {@linkcode findTornTail} tells of them.
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  async next(): Promise<LineBlock | undefined> {
    this.#letGo();
    for (let searched = 0;;) {
      const count = await this.#read();
      if (count === 0) return undefined;
      if (this.#skipByteOrderMark()) searched = 0;
      const fresh = this.#buffer.subarray(searched, this.#filled);
      const last = fresh.lastIndexOf(NEWLINE);
      if (last !== -1) {
        this.#given = searched + last + 1;
        const bytes = this.#buffer.subarray(0, this.#given);
        return { bytes, offset: this.#offset, tooLong: false };
      }
      searched = this.#filled;
      if (this.#filled < this.#buffer.length) continue;
      if (this.#buffer.length >= this.#lineBytesMax) {
        return await this.#tooLong();
      }
      this.#resize(Math.min(2 * this.#buffer.length, this.#lineBytesMax));
    }
  }

  /**
   * Whether there is a newline from byte `position` on: whether it pays to read
   * a line again that was torn up to there.
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  async hasNewlineFrom(position: number): Promise<boolean> {
    this.#letGo();
    for (let at = position;;) {
      const count = await this.#read(at);
      const found = this.#buffer.subarray(0, count).includes(NEWLINE);
      this.#filled = 0;
      if (found || count === 0) return found;
      at += count;
    }
  }

  /** Closes the file. */
  close(): Promise<void> {
    return this.#handle.close();
  }

  async #read(
    position: number = this.#offset + this.#filled,
  ): Promise<number> {
    // Reads answer at once: without this, no timer and no signal is heard before
    // the end of the file.
    if (this.#turnBytes >= TURN_BYTES) {
      this.#turnBytes = 0;
      await new Promise<void>(afterPendingEvents);
    }
    const count = await readGuard(
      this.#file,
      () => this.#handle.read(this.#buffer.subarray(this.#filled), position),
    );
    this.#filled += count;
    this.#turnBytes += count;
    return count;
  }

  /**
   * Lets go of the lines that were given, and of the piece of a line after them:
   * it is read anew, for a recovery may have cut it, and a writer put another in
   * its place.
   */
  #letGo(): void {
    const wasFull = this.#filled === this.#buffer.length;
    this.#offset += this.#given;
    this.#filled = 0;
    this.#given = 0;
    // A line that was longer than a block is no reason to keep such a buffer.
    if (wasFull && this.#buffer.length !== BLOCK_BYTES) {
      this.#buffer = new Uint8Array(BLOCK_BYTES);
    }
  }

  #resize(length: number): void {
    const buffer = new Uint8Array(length);
    buffer.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = buffer;
  }

  #skipByteOrderMark(): boolean {
    const { length } = BYTE_ORDER_MARK;
    if (this.#offset > 0 || this.#filled < length) return false;
    if (BYTE_ORDER_MARK.some((byte, i) => this.#buffer[i] !== byte)) {
      return false;
    }
    this.#given = length;
    this.#letGo();
    return true;
  }

  /**
   * The buffer is full of one line. What follows tells whether it is one at all,
   * or torn.
   */
  async #tooLong(): Promise<LineBlock | undefined> {
    const offset = this.#offset;
    const bytes = this.#buffer.slice(0, BLOCK_BYTES_MIN);
    for (;;) {
      this.#offset += this.#filled;
      this.#filled = 0;
      if (this.#buffer.length !== BLOCK_BYTES) this.#resize(BLOCK_BYTES);
      if (await this.#read() === 0) {
        this.#offset = offset;
        return undefined;
      }
      const end = this.#buffer.subarray(0, this.#filled).indexOf(NEWLINE);
      if (end === -1) continue;
      this.#given = end + 1;
      return { bytes, offset, tooLong: true };
    }
  }
}
