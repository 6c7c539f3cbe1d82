/**
 * Reads everything that was recorded of one instance.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { type RunPaths, runPaths } from "../format/layout.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StartRecord,
  StepRecord,
} from "../format/records.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { type ArtifactFile, listArtifacts } from "./artifact_file.ts";
import { splitAttempts } from "./attempts.ts";
import { badLines, type ReadLinesOptions } from "./line_parser.ts";
import { recordBlocks } from "./record_blocks.ts";
import { linesOf, type RecordKind } from "./record_kinds.ts";
import { startBlocks } from "./started.ts";

/** Everything that was recorded of one instance. */
export interface InstanceTrace {
  /** Its line; null where it never completed. */
  instance: InstanceRecord | null;
  /** Its start, where it never completed; null where that is not known. */
  start: StartRecord | null;
  /** Its steps, in their order. */
  steps: StepRecord[];
  /** Its assertions, in the order in which they were recorded. */
  assertions: AssertionRecord[];
  /** Its artifact files, by name. */
  artifacts: ArtifactFile[];
  /**
   * What earlier attempts recorded that were interrupted, where the run was
   * resumed: they have another correlation id. Empty for others.
   */
  abandoned: {
    /** Their steps, as they were recorded. */
    steps: StepRecord[];
    /** Their assertions, as they were recorded. */
    assertions: AssertionRecord[];
    /** Their artifact files, which were moved aside. */
    artifacts: ArtifactFile[];
  };
}

/** What was recorded of one instance id, by whichever attempt. */
export interface InstanceGroup {
  instance_id: string;
  /** Its line; null where it never completed. */
  instance: InstanceRecord | null;
  /** Its start, where it never completed and that is known. */
  start: StartRecord | null;
  /** Steps in the order of the file. */
  steps: StepRecord[];
  /** Assertions in the order of the file. */
  assertions: AssertionRecord[];
}

/** A run that is open, as far as reading an instance needs it. */
interface OpenedRun {
  fs: FileSystem;
  paths: RunPaths;
  run_id: string;
}

/**
 * Reads one instance of a run; its lines are found by their first bytes.
 *
 * @throws {ArtifactError} `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`
 */
export async function readInstance(
  { fs, paths, run_id }: OpenedRun,
  instance_id: string,
  options: ReadLinesOptions,
): Promise<InstanceTrace> {
  const wantsInstance = (id: string) => id === instance_id;
  const blocksOf = <R>(kind: RecordKind) =>
    recordBlocks<R>(fs, {
      ...badLines(options),
      ...linesOf(paths, kind),
      wantsInstance,
    });
  const instance = await first(blocksOf<InstanceRecord>("instance"));
  const start = instance
    ? null
    : (await allOf(startBlocks(fs, paths, wantsInstance, options))).at(-1) ??
      null;
  const steps = await allOf(blocksOf<StepRecord>("step"));
  const assertions = await allOf(blocksOf<AssertionRecord>("assertion"));
  return await traceOf({ fs, paths, run_id }, {
    instance_id,
    instance,
    start,
    steps,
    assertions,
  });
}

/**
 * Reads the rest of an instance whose records were read: its files.
 *
 * @throws {ArtifactError} `INSTANCE_NOT_FOUND`, `READ_FAILED`
 */
export function instanceTrace(
  { fs, path, run_id }: { fs: FileSystem; path: string; run_id: string },
  group: InstanceGroup,
): Promise<InstanceTrace> {
  return traceOf({ fs, paths: runPaths(path), run_id }, group);
}

async function traceOf(
  { fs, paths, run_id }: OpenedRun,
  { instance_id, instance, start, steps, assertions }: InstanceGroup,
): Promise<InstanceTrace> {
  const { own, moved } = await listArtifacts(fs, paths.run, instance_id);
  const count = steps.length + assertions.length + moved.length;
  if (!instance && !start && !own && count === 0) {
    throw new ArtifactError(
      "INSTANCE_NOT_FOUND",
      `Cannot find instance ${JSON.stringify(instance_id)} in run "${run_id}"`,
    );
  }
  const attempts = splitAttempts({ instance, start, steps, assertions });
  // The run was resumed, which moved them, and the instance not attempted again.
  const isMoved = !instance && !own &&
    attempts.steps.some(({ artifacts }) => artifacts.length > 0);
  const artifacts = own ?? (isMoved ? moved.pop() : undefined) ?? [];
  return {
    instance,
    start,
    ...attempts,
    artifacts,
    abandoned: { ...attempts.abandoned, artifacts: moved.flat() },
  };
}

/** Returns the first record, and reads no further. */
async function first<R>(blocks: AsyncGenerator<R[]>): Promise<R | null> {
  for await (const records of blocks) {
    if (records.length > 0) return records[0]!;
  }
  return null;
}

async function allOf<R>(blocks: AsyncGenerator<R[]>): Promise<R[]> {
  return (await Array.fromAsync(blocks)).flat();
}
