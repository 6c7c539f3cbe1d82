/**
 * Text on its way into a file: the one owner of how it becomes bytes.
 *
 * @module
 */
import { byteSink, writeAll } from "./write_all.ts";
import type { FileHandle } from "./file_system.ts";
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

  /** The handle stays its owner's, who syncs and closes it. */
  constructor(handle: FileHandle) {
    this.#handle = handle;
    const encoder = new TextEncoderStream();
    this.#encoder = encoder.writable.getWriter();
    this.#encoded = encoder.readable.getReader();
    this.#sink = byteSink(handle).getWriter();
  }

  /**
   * Writes text, which ends with a newline. Through the streams, whose price
   * does not show on a large batch, and is that of the write itself on a line.
   *
   * @returns Resolves when the operating system has taken all of it.
   */
  write(text: string): Promise<void> {
    return text.length > SHORT_TEXT_MAX
      ? this.#writeLong(text)
      : this.#writeShort(text);
  }

  #writeShort(text: string): Promise<void> {
    const bytes = this.#shortBytes;
    const { written } = this.#shortEncoder.encodeInto(text, bytes);
    return writeAll(this.#handle, bytes.subarray(0, written));
  }

  /**
   * In one chunk, unless one of its lines is very long. One chunk in is one
   * chunk out: half a surrogate pair at the end of one waits in the encoder for
   * the next, and the last one ends with a newline.
   */
  async #writeLong(text: string): Promise<void> {
    for (let start = 0; start < text.length; start += CHUNK_BYTES_MAX) {
      const fed = this.#encoder.write(
        text.slice(start, start + CHUNK_BYTES_MAX),
      );
      const { value, done } = await this.#encoded.read();
      await fed;
      if (done) throw new Error("Invariant: the encoder ended");
      await this.#sink.write(value);
    }
  }
}
