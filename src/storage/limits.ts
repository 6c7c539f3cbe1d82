/**
 * Bounds of the writer, each with its unit in its name.
 *
 * @module
 */

/**
 * A batch of this length is closed and written at once. Writes are fastest
 * between 64 and 256 KiB on all three runtimes.
 */
export const BATCH_BYTES_MAX: number = 256 * 1024;

/**
 * Maximum bytes that a sequential producer may write before it yields to the
 * event loop.
 */
export const FOLLOW_BYTES_MAX: number = 64 * 1024;

/**
 * Maximum length of what is written without a stream: bytes, or a text in UTF-16
 * code units.
 */
export const SHORT_TEXT_MAX: number = 16 * 1024;

/**
 * Maximum length of a chunk for `TextEncoderStream`: Node 22 needs 32 times as
 * much memory for it.
 */
export const CHUNK_BYTES_MAX: number = 1024 * 1024;

/**
 * Maximum text that waits to be written to one file, counted as one byte per
 * UTF-16 code unit. A caller who awaits appends hardly reaches it; one who does
 * not gets an error before memory runs out.
 */
export const QUEUE_BYTES_MAX: number = 128 * 1024 * 1024;

/** Length of a file's queue from which a stream of records has to wait. */
export const READY_BYTES_MAX: number = 16 * 1024 * 1024;

/** Maximum number of artifact files that are open for writing at once. */
export const OPEN_ARTIFACTS_MAX = 64;

/**
 * Maximum number of them whose content is a stream, which may take its time: they
 * must not take all descriptors of a program.
 */
export const OPEN_STREAMS_MAX = 24;
