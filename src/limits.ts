/**
 * The bounds of the writer, each with its unit in its name.
 *
 * @module
 */

/**
 * A batch that has grown this large is closed: what one write hands to the
 * operating system (fastest between 64 and 256 KiB on all three runtimes).
 */
export const BATCH_BYTES_MAX: number = 64 * 1024;

/**
 * What one file's queue accepts before appends have to wait: text that is not
 * yet written, counted as one byte per UTF-16 code unit.
 */
export const QUEUE_BYTES_MAX: number = 16 * 1024 * 1024;

/**
 * What may wait to be accepted, per file. Callers who await their appends never
 * get here; one who does not is told so instead of eating all memory.
 */
export const WAITING_BYTES_MAX: number = 256 * 1024 * 1024;

/** Artifact files that are open for writing at once. */
export const OPEN_ARTIFACTS_MAX = 64;
