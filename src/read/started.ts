/**
 * Reads `started.jsonl`, which a run has while something is open.
 *
 * @module
 */
import { InstanceIds } from "../format/instance_ids.ts";
import type { RunPaths } from "../format/layout.ts";
import type { InstanceRecord, StartRecord } from "../format/records.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { badLines, type ReadLinesOptions } from "./line_parser.ts";
import { recordBlocks } from "./record_blocks.ts";
import { linesOf } from "./record_kinds.ts";

/**
 * The lines of `started.jsonl`, also of instances that completed meanwhile; none
 * where the file is not there.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function* startBlocks(
  fs: FileSystem,
  paths: RunPaths,
  wantsInstance?: (instance_id: string) => boolean,
  options: ReadLinesOptions = {},
): AsyncGenerator<StartRecord[]> {
  const { started } = paths;
  if (!await readGuard(started, () => fs.stat(started))) return;
  yield* recordBlocks<StartRecord>(fs, {
    ...badLines(options),
    ...linesOf(paths, "start"),
    wantsInstance,
  });
}

/**
 * The latest start of each instance that did not complete, in the order of
 * starting.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
 */
export async function* incompleteStarts(
  fs: FileSystem,
  paths: RunPaths,
  options: ReadLinesOptions,
): AsyncGenerator<StartRecord[]> {
  const before = await completedIds(fs, paths, options);
  const open = new Map<string, StartRecord>();
  for await (const records of startBlocks(fs, paths, undefined, options)) {
    for (const record of records) {
      if (!before.has(record.instance_id)) open.set(record.instance_id, record);
    }
  }
  if (open.size === 0) return;
  // Of a run that goes on, some have completed meanwhile.
  const completed = await completedIds(fs, paths, options);
  const incomplete = [...open.values()].filter(({ instance_id }) =>
    !completed.has(instance_id)
  );
  if (incomplete.length > 0) yield incomplete;
}

async function completedIds(
  fs: FileSystem,
  paths: RunPaths,
  options: ReadLinesOptions,
): Promise<InstanceIds> {
  const completed = new InstanceIds();
  const lines = { ...badLines(options), ...linesOf(paths, "instance") };
  for await (const records of recordBlocks<InstanceRecord>(fs, lines)) {
    for (const { instance_id } of records) completed.add(instance_id);
  }
  return completed;
}
