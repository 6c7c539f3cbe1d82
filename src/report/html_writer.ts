/**
 * Writes the file of a report, part by part.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";

/** Parts that are compressed while the next one is made. */
const PARTS_UNDER_WAY_MAX = 2;

/** Writes text and compressed parts in order, and counts their bytes. */
export class HtmlWriter {
  /** Bytes that were written. */
  bytes = 0;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #encoder = new TextEncoder();
  /** Parts that are compressed, the oldest first: each writes itself. */
  readonly #underWay: (() => Promise<void>)[] = [];

  constructor(sink: WritableStream<Uint8Array>) {
    this.#writer = sink.getWriter();
    this.#writer.closed.catch(() => {}); // Each write reports it.
  }

  /** Writes text. */
  async text(text: string): Promise<void> {
    await this.flush();
    await this.#write(text);
  }

  /**
   * Adds a part: compressed text, which the page inflates when it needs it, and
   * which cannot end its element early. It is written after a few more parts were
   * added, or on `flush`.
   *
   * @param onWritten Takes the number of its bytes in the file.
   */
  async part(
    id: string,
    text: Iterable<string | Uint8Array<ArrayBuffer>>,
    onWritten: (bytes: number) => void = () => {},
  ): Promise<void> {
    const compressing = compress(text);
    compressing.catch(() => {}); // Awaited below.
    this.#underWay.push(async () => {
      const before = this.bytes;
      await this.#write(
        `<script type="text/plain" id="${id}">${
          encodeBase64(await compressing)
        }</script>\n`,
      );
      onWritten(this.bytes - before);
    });
    while (this.#underWay.length > PARTS_UNDER_WAY_MAX) {
      await this.#underWay.shift()!();
    }
  }

  /** Waits until all that was added is written. */
  async flush(): Promise<void> {
    while (this.#underWay.length > 0) await this.#underWay.shift()!();
  }

  async #write(text: string): Promise<void> {
    const bytes = this.#encoder.encode(text);
    this.bytes += bytes.length;
    await this.#writer.write(bytes);
  }

  /** Writes what was added, and closes the sink. */
  async close(): Promise<void> {
    await this.flush();
    await this.#writer.close();
  }

  /** Aborts the sink. */
  async abort(reason: unknown): Promise<void> {
    await this.#writer.abort(reason).catch(() => {}); // The caller gets the reason.
  }
}

async function compress(
  text: Iterable<string | Uint8Array<ArrayBuffer>>,
): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const pieces = text[Symbol.iterator]();
  const bytes = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = pieces.next();
      if (done) controller.close();
      else {
        controller.enqueue(
          typeof value === "string" ? encoder.encode(value) : value,
        );
      }
    },
  }, { highWaterMark: 0 });
  const compressed = bytes.pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(compressed).arrayBuffer());
}
