/**
 * Live totals of a run.
 *
 * @module
 */
import type { RunTotals } from "../format/tally.ts";

/** Live totals of a run. */
export interface RunStats extends RunTotals {
  /** Instances that were tried again: they are in no other count. */
  instancesRetried: number;
  /** Instances that were started and not completed. */
  instancesInFlight: number;
  /**
   * What is accepted and not yet written: bytes of artifacts, and text in UTF-16
   * code units.
   */
  queuedBytes: number;
}
