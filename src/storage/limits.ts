/**
 * The bounds of the writer, each with its unit in its name.
 *
 * @module
 */

/**
 * A batch that has grown this large is closed: what one write hands to the
 * operating system (fastest between 64 and 256 KiB on all three runtimes).
 */
export const BATCH_BYTES_MAX: number = 256 * 1024;

/**
 * What a lone producer that awaits each append may write before the turn of the
 * event loop has to end, for others to have theirs.
 */
export const FOLLOW_BYTES_MAX: number = 64 * 1024;

/** A text that is encoded and written without a stream, in UTF-16 code units. */
export const SHORT_TEXT_MAX: number = 16 * 1024;

/**
 * What `TextEncoderStream` is given at a time: Node 22 needs 32 times as much
 * memory for it.
 */
export const CHUNK_BYTES_MAX: number = 1024 * 1024;

/**
 * What one file's queue holds: text that is not yet written, counted as one byte
 * per UTF-16 code unit. Callers who await their appends hardly get here, for
 * they hold no less themselves; one who does not is told so instead of eating
 * all memory.
 */
export const QUEUE_BYTES_MAX: number = 128 * 1024 * 1024;

/** A stream of records is held back while the queue of its file is this long. */
export const READY_BYTES_MAX: number = 16 * 1024 * 1024;

/** Artifact files that are open for writing at once. */
export const OPEN_ARTIFACTS_MAX = 64;
