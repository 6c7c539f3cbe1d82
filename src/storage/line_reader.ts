/**
 * Reads a file in blocks of whole lines.
 *
 * @module
 */
import type { FileSystem, ReadHandle } from "./file_system.ts";
import { readGuard } from "./io_errors.ts";
import { afterPendingEvents } from "./event_loop.ts";
import { fileSize, NEWLINE } from "./torn_tail.ts";

/** Bytes that are read at once: the first block is smaller, for small files. */
const BLOCK_BYTES_MIN = 64 * 1024;
const BLOCK_BYTES = 128 * 1024;

/** Bytes that are read in one turn of the event loop: some milliseconds. */
const TURN_BYTES = 1024 * 1024;

/** Maximum length of a line. A writer writes none that is longer. */
export const LINE_BYTES_MAX: number = 16 * 1024 * 1024;

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** Whole lines, as they are in the file. */
export interface LineBlock {
  /** The bytes, ending with a newline. Valid until the next block is read. */
  bytes: Uint8Array;
  /** Byte offset of the block in the file. */
  offset: number;
  /**
   * Whether this is only the beginning, without a newline, of one line that is
   * longer than {@linkcode LINE_BYTES_MAX}.
   */
  tooLong: boolean;
}

/**
 * Reads the whole lines of a file in order: those that exist now, and later
 * those that were written meanwhile. Skips a byte order mark at the start. Looks
 * for newlines as bytes, and decodes nothing.
 */
export class LineReader {
  readonly #file: string;
  readonly #handle: ReadHandle;
  #buffer = new Uint8Array(BLOCK_BYTES_MIN);
  /** Number of bytes of the buffer that were read. */
  #filled = 0;
  /** Number of bytes of the buffer that the caller has got. */
  #returned = 0;
  #offset = 0;
  /** Bytes that were read in this turn of the event loop. */
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

  /** Byte offset in the file of the next block. */
  get offset(): number {
    return this.#offset + this.#returned;
  }

  /**
   * Returns the next whole lines; `undefined` where there are none yet. Does not
   * return bytes after the last newline: `findTornTail` reports them.
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  async next(): Promise<LineBlock | undefined> {
    this.#dropReturned();
    for (let searched = 0;;) {
      const count = await this.#read();
      if (count === 0) return undefined;
      if (this.#skipByteOrderMark()) searched = 0;
      const fresh = this.#buffer.subarray(searched, this.#filled);
      // A line that is longer than a block is returned by itself, so that no
      // more than one of them is parsed at once.
      const last = this.#buffer.length > BLOCK_BYTES
        ? fresh.indexOf(NEWLINE)
        : fresh.lastIndexOf(NEWLINE);
      if (last !== -1) {
        this.#returned = searched + last + 1;
        const bytes = this.#buffer.subarray(0, this.#returned);
        return { bytes, offset: this.#offset, tooLong: false };
      }
      searched = this.#filled;
      if (this.#filled < this.#buffer.length) continue;
      if (this.#buffer.length >= this.#lineBytesMax) {
        return await this.#skipTooLong();
      }
      this.#resize(Math.min(2 * this.#buffer.length, this.#lineBytesMax));
    }
  }

  /**
   * Whether there is a newline from byte `position` on: then a line that was torn
   * up to there can be read again.
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  async hasNewlineFrom(position: number): Promise<boolean> {
    this.#dropReturned();
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
    // Reads return synchronously: without this, no timer and no signal would run
    // before the end of the file.
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
   * Drops the lines that were returned, and the part of a line after them: it is
   * read again, because a recovery may have cut it off, and a writer may have
   * written another one.
   */
  #dropReturned(): void {
    const isUsedUp = this.#filled === this.#buffer.length ||
      this.#buffer.length > BLOCK_BYTES;
    this.#offset += this.#returned;
    this.#filled = 0;
    this.#returned = 0;
    // The buffer grew for a line that was longer than a block.
    if (isUsedUp && this.#buffer.length !== BLOCK_BYTES) {
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
    this.#returned = length;
    this.#dropReturned();
    return true;
  }

  /**
   * Skips a line that fills the buffer, and returns its beginning; `undefined`
   * where it is torn.
   */
  async #skipTooLong(): Promise<LineBlock | undefined> {
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
      this.#returned = end + 1;
      return { bytes, offset, tooLong: true };
    }
  }
}
