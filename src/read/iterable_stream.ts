/**
 * A stream that `for await` reads, in every library of types.
 *
 * @module
 */

/**
 * A stream that `for await` reads: the DOM library of TypeScript 5 has no
 * `Symbol.asyncIterator` for streams.
 */
export type IterableStream<T> = ReadableStream<T> & AsyncIterable<T>;
