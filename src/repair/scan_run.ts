/**
 * Scans the lines of a run once, for recovery and for resumption.
 *
 * @module
 */
import type { InFlight, RunScan } from "../record/internal.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { caseFolded } from "../format/names.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import { countedDigits, type RunPaths } from "../format/layout.ts";
import { linesOf, recordBlocks } from "../read/internal.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StartRecord,
  StepRecord,
} from "../format/records.ts";
import { Tally } from "../format/tally.ts";

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
  const usedIds = new InstanceIds();
  const inFlight = new Map<string, InFlight>();
  let lastNumber = 0;
  let idWidth = 3;
  const count = (id: string) => {
    usedIds.add(caseFolded(id));
    const digits = countedDigits(id);
    if (digits === undefined) return;
    lastNumber = Math.max(lastNumber, Number(digits));
    if (digits.startsWith("0")) idWidth = Math.max(idWidth, digits.length);
  };
  let lastTimestamp = manifest.timestamp;
  const see = (time: string) => {
    if (time > lastTimestamp) lastTimestamp = time;
  };
  await forEach<InstanceRecord>(
    recordBlocks(fs, linesOf(paths, "instance")),
    (record) => {
      tally.addInstance(record);
      completed.add(record.instance_id);
      count(record.instance_id);
      see(record.completed_at);
    },
  );
  const attemptOf = (instance_id: string, correlation_id: string): InFlight => {
    const open = inFlight.get(instance_id) ??
      { attempts: new Set<string>(), start: null };
    open.attempts.add(correlation_id);
    inFlight.set(instance_id, open);
    return open;
  };
  if (await readGuard(paths.started, () => fs.stat(paths.started))) {
    await forEach<StartRecord>(
      recordBlocks(fs, linesOf(paths, "start")),
      (record) => {
        const { instance_id, correlation_id } = record;
        see(record.started_at);
        count(instance_id);
        if (completed.has(instance_id)) return;
        attemptOf(instance_id, correlation_id).start = record;
      },
    );
  }
  const startedBy = (record: StepRecord | AssertionRecord) => {
    const { instance_id, correlation_id, timestamp } = record;
    see(timestamp);
    count(instance_id);
    if (completed.has(instance_id)) return;
    attemptOf(instance_id, correlation_id);
  };
  await forEach<StepRecord>(
    recordBlocks(fs, linesOf(paths, "step")),
    (record) => {
      tally.addStep(record);
      startedBy(record);
    },
  );
  await forEach<AssertionRecord>(
    recordBlocks(fs, linesOf(paths, "assertion")),
    (record) => {
      tally.addAssertion(record);
      startedBy(record);
    },
  );
  return {
    tally,
    completed,
    usedIds,
    inFlight,
    lastNumber,
    idWidth,
    lastTimestamp,
  };
}

async function forEach<R>(
  blocks: AsyncIterable<R[]>,
  look: (record: R) => void,
): Promise<void> {
  for await (const records of blocks) {
    for (const record of records) look(record);
  }
}
