/**
 * Bytes of any realm and any kind of stream.
 *
 * @module
 */

/** A stream of bytes or text, of the web or of Node. */
export type ByteStream = AsyncIterable<unknown> | ReadableStream<unknown>;

/** The tag of an object: the same in every realm. */
export function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** Bytes in memory, not copied; undefined for anything else. */
export function viewOf(value: unknown): Uint8Array<ArrayBuffer> | undefined {
  if (ArrayBuffer.isView(value)) {
    const { buffer, byteOffset, byteLength } = value;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  }
  const tag = tagOf(value);
  return tag === "ArrayBuffer" || tag === "SharedArrayBuffer"
    ? new Uint8Array(value as ArrayBuffer)
    : undefined;
}

/** Whether it is a `Blob` or a `File`, be it of another realm. */
export function isBlob(value: unknown): value is Blob {
  const tag = tagOf(value);
  return (tag === "Blob" || tag === "File") &&
    typeof (value as Blob).arrayBuffer === "function";
}

/** Whether a `Blob` can be read in pieces: that of jsdom is in memory alone. */
export function isStreamable(blob: Blob): boolean {
  return typeof blob.stream === "function";
}

/** The content of a `Blob`, read when it is asked for. */
export function streamOf(blob: Blob): ByteStream {
  return isStreamable(blob) ? blob.stream() : wholeBlob(blob);
}

async function* wholeBlob(blob: Blob): AsyncGenerator<ArrayBuffer, void, void> {
  yield await blob.arrayBuffer();
}

/** Whether it is a web stream, or an async iterable such as a stream of Node. */
export function isByteStream(value: unknown): value is ByteStream {
  if (typeof value !== "object" || value === null) return false;
  return tagOf(value) === "ReadableStream" ||
    typeof (value as AsyncIterable<unknown>)[Symbol.asyncIterator] ===
      "function";
}

/**
 * The chunks of a stream as bytes; text becomes UTF-8. Leaving the loop cancels
 * the stream.
 *
 * @param notBytes The error for a chunk that is neither; it is given what it is.
 * @throws {unknown} whatever the stream fails with.
 */
export async function* bytesOf(
  stream: ByteStream,
  notBytes: (found: string) => Error = (found) =>
    new TypeError(`The stream gave ${found}, not bytes or text`),
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, void> {
  for await (const chunk of iterable(stream)) {
    const bytes = typeof chunk === "string"
      ? new TextEncoder().encode(chunk)
      : viewOf(chunk);
    if (!bytes) {
      throw notBytes(
        chunk === null ? "null" : `a value of type ${typeof chunk}`,
      );
    }
    yield bytes;
  }
}

function iterable(stream: ByteStream): AsyncIterable<unknown> {
  if (Symbol.asyncIterator in stream) return stream;
  return chunks(stream as ReadableStream<unknown>);
}

/** For streams of an engine or a realm in which they cannot be iterated over. */
async function* chunks(
  stream: ReadableStream<unknown>,
): AsyncGenerator<unknown, void, void> {
  const reader = stream.getReader();
  let isAtEnd = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    isAtEnd = true;
  } finally {
    if (!isAtEnd) await reader.cancel();
    reader.releaseLock();
  }
}
