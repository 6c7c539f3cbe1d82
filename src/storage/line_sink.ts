/**
 * Writes lines, bytes or text, to a file.
 *
 * @module
 */
import { writeAll } from "./write_all.ts";
import type { FileHandle } from "./file_system.ts";
import { invariant } from "./invariant.ts";
import { CHUNK_BYTES_MAX, SHORT_TEXT_MAX } from "./limits.ts";

/** Writes lines to a file. One write at a time. */
export class LineSink {
  readonly #handle: FileHandle;
  readonly #encoder: WritableStreamDefaultWriter<string>;
  readonly #encoded: ReadableStreamDefaultReader<Uint8Array>;
  readonly #sink: WritableStreamDefaultWriter<Uint8Array>;

  /** @param handle Synced and closed by its owner. */
  constructor(handle: FileHandle) {
    this.#handle = handle;
    const encoder = new TextEncoderStream();
    this.#encoder = encoder.writable.getWriter();
    this.#encoded = encoder.readable.getReader();
    this.#sink = byteSink(handle).getWriter();
  }

  /**
   * Writes bytes or a text. Long ones go through web streams; for a short one
   * they would cost as much as the write itself.
   *
   * @returns `undefined` where the operating system has accepted all of it
   * already; else resolves when it has.
   * @throws What the file throws at once.
   */
  write(part: Uint8Array | string): Promise<void> | undefined {
    if (typeof part === "string") return this.#writeText(part);
    return part.length > SHORT_TEXT_MAX
      ? this.#sink.write(part)
      : writeAll(this.#handle, part);
  }

  /**
   * Writes a text in one chunk, unless a line is very long. Each chunk in is one
   * chunk out: the encoder holds half a surrogate pair at the end of a chunk for
   * the next one, and the last one ends with a newline.
   */
  async #writeText(text: string): Promise<void> {
    for (let start = 0; start < text.length; start += CHUNK_BYTES_MAX) {
      const accepted = this.#encoder.write(
        text.slice(start, start + CHUNK_BYTES_MAX),
      );
      const { value, done } = await this.#encoded.read();
      await accepted;
      invariant(!done, "the encoder does not end");
      await this.#sink.write(value);
    }
  }
}

/**
 * Returns a stream that writes to a file. The write of a chunk resolves when the
 * operating system has accepted every byte of it. The stream neither syncs nor
 * closes the file: its owner does.
 */
export function byteSink(handle: FileHandle): WritableStream<Uint8Array> {
  return new WritableStream({
    write: async (bytes) => await writeAll(handle, bytes),
  });
}
