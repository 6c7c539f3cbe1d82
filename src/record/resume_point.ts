/**
 * What a writer needs to know of a run to go on with it.
 *
 * @module
 */
import type { InstanceIds } from "../format/instance_ids.ts";
import type { Tally } from "../format/tally.ts";

/** What the whole lines of a run hold. */
export interface RunScan {
  /** All of them, counted. */
  tally: Tally;
  /** Instances that have a line. */
  completed: InstanceIds;
  /**
   * Instances that have steps or assertions, and no line; and the correlation
   * ids under which they have them: one for each attempt.
   */
  inFlight: Map<string, Set<string>>;
  /** The greatest number of a counted id (`inst_042`: 42), 0 for none. */
  lastNumber: number;
  /** Digits of the counted ids: 3 or more. */
  idWidth: number;
  /** The latest time that a line tells; the manifest's where there is none. */
  lastTimestamp: string;
}
