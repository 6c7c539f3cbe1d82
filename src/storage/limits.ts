/**
 * The bounds of the writer, each with its unit in its name.
 *
 * @module
 */
import * as v from "valibot";
import { wholeNumberOption } from "../format/options.ts";

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

/** The longest line that `createRun` lets be written, where it is not told. */
const RECORD_BYTES_MAX = 64 * 1024 * 1024;

/** What a limit may be set to: within what readers take, and strings hold. */
const LIMIT_BYTES_MAX = 256 * 1024 * 1024;

/** Bounds of a run that can be set, each with its unit in its name. */
export interface RunLimits {
  /**
   * The longest line of a record, in bytes of UTF-8: a longer one is refused
   * (`INVALID_RECORD`). Up to 256 MiB. Default: 64 MiB.
   */
  recordBytesMax?: number;
  /**
   * What may wait to be written to one file, in UTF-16 code units, and of
   * artifacts, in bytes: more is refused (`QUEUE_FULL`), unless nothing waits.
   * Up to 256 MiB. Default: 128 MiB.
   */
  queueBytesMax?: number;
}

/** What {@linkcode RunLimits} may hold. */
export const RunLimitsSchema: v.GenericSchema<RunLimits> = v.strictObject({
  recordBytesMax: v.optional(wholeNumberOption(1, LIMIT_BYTES_MAX)),
  queueBytesMax: v.optional(wholeNumberOption(1, LIMIT_BYTES_MAX)),
});

/** The limits of a run, with the defaults where nothing is given. */
export function resolveLimits(limits: RunLimits = {}): Required<RunLimits> {
  return {
    recordBytesMax: limits.recordBytesMax ?? RECORD_BYTES_MAX,
    queueBytesMax: limits.queueBytesMax ?? QUEUE_BYTES_MAX,
  };
}

/** A stream of records is held back while the queue of its file is this long. */
export const READY_BYTES_MAX: number = 16 * 1024 * 1024;

/** Artifact files that are open for writing at once. */
export const OPEN_ARTIFACTS_MAX = 64;
