/**
 * Encodes text as UTF-8 and writes it to a file.
 *
 * @module
 */
import { writeAll } from "./write_all.ts";
import type { FileHandle } from "./file_system.ts";
import { invariant } from "./invariant.ts";
import { CHUNK_BYTES_MAX, SHORT_TEXT_MAX } from "./limits.ts";

/** Writes text to a file as UTF-8. One write at a time. */
export class TextSink {
  readonly #handle: FileHandle;
  readonly #encoder: WritableStreamDefaultWriter<string>;
  readonly #encoded: ReadableStreamDefaultReader<Uint8Array>;
  readonly #sink: WritableStreamDefaultWriter<Uint8Array>;
  readonly #shortEncoder = new TextEncoder();
  /** A UTF-16 code unit takes at most three bytes. */
  readonly #shortBytes = new Uint8Array(3 * SHORT_TEXT_MAX);

  /** @param handle Synced and closed by its owner. */
  constructor(handle: FileHandle) {
    this.#handle = handle;
    const encoder = new TextEncoderStream();
    this.#encoder = encoder.writable.getWriter();
    this.#encoded = encoder.readable.getReader();
    this.#sink = byteSink(handle).getWriter();
  }

  /**
   * Writes text, which ends with a newline. Long text goes through web streams;
   * for a short one they would cost as much as the write itself.
   *
   * @returns Resolves when the operating system has accepted all of it.
   */
  write(text: string): Promise<void> {
    return text.length > SHORT_TEXT_MAX
      ? this.#writeLong(text)
      : this.#writeShort(text);
  }

  #writeShort(text: string): Promise<void> {
    const bytes = this.#shortBytes;
    const { read, written } = this.#shortEncoder.encodeInto(text, bytes);
    invariant(read === text.length, "a short text fits into its buffer");
    return writeAll(this.#handle, bytes.subarray(0, written));
  }

  /**
   * Writes a text in one chunk, unless a line is very long. Each chunk in is one
   * chunk out: the encoder holds half a surrogate pair at the end of a chunk for
   * the next one, and the last one ends with a newline.
   */
  async #writeLong(text: string): Promise<void> {
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
  return new WritableStream({ write: (bytes) => writeAll(handle, bytes) });
}
