/**
 * One pass over the lines of a run, as recovering and resuming need it.
 *
 * @module
 */
import type { FileSystem } from "./file_system.ts";
import { InstanceIds } from "./instance_ids.ts";
import type { RunPaths } from "./layout.ts";
import {
  isAssertionRecord,
  isInstanceRecord,
  isStepRecord,
  recordBlocks,
} from "./record_stream.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StepRecord,
} from "./records.ts";
import { Tally } from "./tally.ts";

/** What the whole lines of a run hold. */
export interface RunScan {
  /** All of them, counted. */
  tally: Tally;
  /** Instances that have a line. */
  completed: InstanceIds;
  /** Instances that have steps or assertions, and no line. */
  in_flight: InstanceIds;
  /** The latest time that a line tells; the manifest's where there is none. */
  last_timestamp: string;
}

/**
 * Reads every whole line of a run, in memory that does not grow with them.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function scanRun(
  fs: FileSystem,
  paths: RunPaths,
  manifest: Manifest,
): Promise<RunScan> {
  const tally = new Tally(manifest.scenario_ids);
  const completed = new InstanceIds();
  const in_flight = new InstanceIds();
  let last_timestamp = manifest.timestamp;
  const see = (time: string) => {
    if (time > last_timestamp) last_timestamp = time;
  };
  for await (
    const records of recordBlocks<InstanceRecord>(
      fs,
      paths.instances,
      isInstanceRecord,
    )
  ) {
    for (const record of records) {
      tally.addInstance(record);
      completed.add(record.instance_id);
      see(record.completed_at);
    }
  }
  const startedBy = (
    { instance_id, timestamp }: StepRecord | AssertionRecord,
  ) => {
    if (!completed.has(instance_id)) in_flight.add(instance_id);
    see(timestamp);
  };
  for await (
    const records of recordBlocks<StepRecord>(fs, paths.steps, isStepRecord)
  ) {
    for (const record of records) {
      tally.addStep(record);
      startedBy(record);
    }
  }
  for await (
    const records of recordBlocks<AssertionRecord>(
      fs,
      paths.assertions,
      isAssertionRecord,
    )
  ) {
    for (const record of records) {
      tally.addAssertion(record);
      startedBy(record);
    }
  }
  return { tally, completed, in_flight, last_timestamp };
}
