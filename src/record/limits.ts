/**
 * The bounds of a run that its creator can set.
 *
 * @module
 */
import * as v from "valibot";
import { wholeNumberOption } from "../check/options.ts";
import { QUEUE_BYTES_MAX } from "../storage/limits.ts";
import { LINE_BYTES_MAX } from "../storage/line_reader.ts";

/** Maximum of the limit of a queue. */
const LIMIT_BYTES_MAX = 256 * 1024 * 1024;

/** Bounds of a run that can be set, each with its unit in its name. */
export interface RunLimits {
  /**
   * The longest line of a record, in bytes of UTF-8: a longer one is refused
   * (`INVALID_RECORD`). Up to 16 MiB, which is the default.
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
  recordBytesMax: v.optional(wholeNumberOption(1, LINE_BYTES_MAX)),
  queueBytesMax: v.optional(wholeNumberOption(1, LIMIT_BYTES_MAX)),
});

/** The limits of a run, with the defaults where nothing is given. */
export function resolveLimits(limits: RunLimits = {}): Required<RunLimits> {
  return {
    recordBytesMax: limits.recordBytesMax ?? LINE_BYTES_MAX,
    queueBytesMax: limits.queueBytesMax ?? QUEUE_BYTES_MAX,
  };
}
