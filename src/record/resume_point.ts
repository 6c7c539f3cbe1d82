/**
 * The state of a run that a writer needs to resume it.
 *
 * @module
 */
import type {
  InstanceIds,
  ReadonlyInstanceIds,
} from "../format/instance_ids.ts";
import type { StartRecord } from "../format/start_record.ts";
import type { Tally } from "../format/tally.ts";

/** An instance that began and did not complete. */
export interface InFlight {
  /** The correlation ids that it was given: one for each attempt. */
  attempts: Set<string>;
  /** Its latest line of `started.jsonl`; null where a power loss took it. */
  start: StartRecord | null;
}

/** What the whole lines of a run hold. */
export interface RunScan {
  /** All of them, counted. */
  tally: Tally;
  /** Instances that have a line. */
  completed: InstanceIds;
  /** All instance ids that any line names, in lower case. */
  usedIds: ReadonlyInstanceIds;
  /** Instances that began and did not complete. */
  inFlight: Map<string, InFlight>;
  /** The greatest number of a counted id (`inst_042`: 42), 0 for none. */
  lastNumber: number;
  /** Digits of the counted ids: 3 or more. */
  idWidth: number;
  /** The latest time in a line; that of the manifest where there is none. */
  lastTimestamp: string;
}
