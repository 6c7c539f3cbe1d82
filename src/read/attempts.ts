/**
 * Decides which attempt of an instance counts in a run that was resumed.
 *
 * @module
 */
import { correlate } from "../format/correlation.ts";
import {
  InstanceIds,
  type ReadonlyInstanceIds,
} from "../format/instance_ids.ts";
import type { RunPaths } from "../format/layout.ts";
import { startBlocks } from "./started.ts";
import { recordBlocks } from "./record_blocks.ts";
import { linesOf } from "./record_kinds.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StartRecord,
  StepRecord,
} from "../format/records.ts";
import type { FileSystem } from "../storage/file_system.ts";

/** Correlation ids that are kept at hand: each costs a hash to make. */
const DERIVED_MAX = 4096;

/** Distinguishes the attempts that count from those that were abandoned. */
export interface Attempts {
  /** Instances that have a line. */
  readonly completed: ReadonlyInstanceIds;
  /** Whether a step or an assertion is of the attempt that counts. */
  counts(
    record: Pick<StepRecord, "instance_id" | "correlation_id">,
  ): boolean;
}

/**
 * Finds the attempt of each instance that counts: the one that completed, or
 * else the latest one. An instance that completed at its first attempt, under
 * the id that `startInstance` derived, costs a bit; others cost their id.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function readAttempts(
  fs: FileSystem,
  paths: RunPaths,
  { nonce }: Manifest,
): Promise<Attempts> {
  const derive = derivedIds(nonce);
  const completed = new InstanceIds();
  /** Correlation ids that cannot be derived from the instance id alone. */
  const kept = new Map<string, string>();
  const instances = recordBlocks<InstanceRecord>(
    fs,
    linesOf(paths, "instance"),
  );
  for await (const records of instances) {
    for (const { instance_id, correlation_id } of records) {
      if (completed.has(instance_id)) continue;
      completed.add(instance_id);
      if (correlation_id === derive(instance_id)) continue;
      kept.set(instance_id, correlation_id);
    }
  }
  /** Times of the latest records of instances that did not complete. */
  const latest = new Map<string, string>();
  const started = new Set<string>();
  for await (const records of startBlocks(fs, paths)) {
    for (const { instance_id, correlation_id } of records) {
      if (completed.has(instance_id)) continue;
      started.add(instance_id);
      kept.set(instance_id, correlation_id);
    }
  }
  const addUnfinished = (records: (StepRecord | AssertionRecord)[]) => {
    for (const record of records) {
      const { instance_id, correlation_id, timestamp } = record;
      if (started.has(instance_id)) continue;
      if (timestamp < (latest.get(instance_id) ?? "")) continue;
      latest.set(instance_id, timestamp);
      kept.set(instance_id, correlation_id);
    }
  };
  // Of a run that was finished, no line is read here: the first bytes will do.
  const wantsInstance = (instance_id: string) => !completed.has(instance_id);
  const assertions = recordBlocks<AssertionRecord>(fs, {
    ...linesOf(paths, "assertion"),
    wantsInstance,
  });
  for await (const records of assertions) addUnfinished(records);
  // Steps come last: of records of the same time, the step counts.
  const steps = recordBlocks<StepRecord>(fs, {
    ...linesOf(paths, "step"),
    wantsInstance,
  });
  for await (const records of steps) addUnfinished(records);
  return {
    completed,
    counts: ({ instance_id, correlation_id }) =>
      correlation_id === (kept.get(instance_id) ?? derive(instance_id)),
  };
}

/** All records of one instance, of whichever attempt. */
interface InstanceRecords {
  instance: InstanceRecord | null;
  start: StartRecord | null;
  steps: readonly StepRecord[];
  assertions: readonly AssertionRecord[];
}

interface AttemptRecords {
  steps: StepRecord[];
  assertions: AssertionRecord[];
}

/**
 * Returns the correlation id of the attempt that counts: the one that completed,
 * or else the one that started last, or else the one with the latest record.
 * Undefined without any record.
 */
export function currentAttempt(
  { instance, start, steps, assertions }: {
    instance: Pick<InstanceRecord, "correlation_id"> | null;
    start: Pick<StartRecord, "correlation_id"> | null;
    steps: readonly Attempted[];
    assertions: readonly Attempted[];
  },
): string | undefined {
  return (instance ?? start ?? latestOf(steps.at(-1), assertions.at(-1)))
    ?.correlation_id;
}

/** What is known of a record of an attempt. */
type Attempted = Pick<StepRecord, "correlation_id" | "timestamp">;

/**
 * Separates the records of the attempt that counts, its steps by `step_index`,
 * from those of abandoned attempts.
 */
export function splitAttempts(
  records: InstanceRecords,
): AttemptRecords & { abandoned: AttemptRecords } {
  const current = currentAttempt(records);
  const isCurrent = ({ correlation_id }: StepRecord | AssertionRecord) =>
    correlation_id === current;
  const isAbandoned = (record: StepRecord | AssertionRecord) =>
    !isCurrent(record);
  return {
    steps: records.steps.filter(isCurrent)
      .sort((a, b) => a.step_index - b.step_index),
    assertions: records.assertions.filter(isCurrent),
    abandoned: {
      steps: records.steps.filter(isAbandoned),
      assertions: records.assertions.filter(isAbandoned),
    },
  };
}

/** Of records of the same time, the step counts. */
function latestOf(
  step: Attempted | undefined,
  assertion: Attempted | undefined,
): Attempted | undefined {
  if (!step || !assertion) return step ?? assertion;
  return assertion.timestamp > step.timestamp ? assertion : step;
}

/** Returns a function that derives the correlation ids of first attempts. */
function derivedIds(
  nonce: string,
): (instance_id: string) => string {
  const known = new Map<string, string>();
  return (instance_id) => {
    let id = known.get(instance_id);
    if (id === undefined) {
      if (known.size === DERIVED_MAX) known.clear();
      id = correlate(nonce, instance_id, 1).correlation_id;
      known.set(instance_id, id);
    }
    return id;
  };
}
