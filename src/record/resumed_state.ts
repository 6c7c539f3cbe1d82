/**
 * The state that a resumed run had when it was interrupted.
 *
 * @module
 */
import type { ReadonlyInstanceIds } from "../format/instance_ids.ts";
import type { JsonObject } from "../json/value.ts";
import type { RunScan } from "./resume_point.ts";

/** What a resumed run had when it was interrupted. */
export interface ResumedState {
  /** Instances that had completed: leave them out. */
  completed: ReadonlyInstanceIds;
  /**
   * Instances that had begun and not completed: start them again, by their
   * `instance_id`. Their earlier steps and assertions stay, under the earlier
   * correlation id.
   */
  instancesInFlight: InstanceInFlight[];
}

/** An instance that had begun and not completed. */
export interface InstanceInFlight {
  /** Id within the run. */
  instance_id: string;
  /** The caller's own name for it, or null. */
  instance_key: string | null;
  /** Which scenario was executed; null where a power loss took its start. */
  scenario_id: string | null;
  /** What the scenario was started with. */
  entry_data: JsonObject;
}

/** What the run had that was scanned. */
export function resumedState(scan: RunScan): ResumedState {
  return {
    completed: scan.completed,
    instancesInFlight: instancesInFlight(scan),
  };
}

/** What was in flight, in the order of the ids. */
export function instancesInFlight(scan: RunScan): InstanceInFlight[] {
  return [...scan.inFlight].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([instance_id, { start }]) => ({
      instance_id,
      instance_key: start?.instance_key ?? null,
      scenario_id: start?.scenario_id ?? null,
      entry_data: start?.entry_data ?? {},
    }));
}
