/**
 * Finds the completed instances that lack a step.
 *
 * @module
 */
import { join } from "@std/path/join";
import { ArtifactError } from "../errors.ts";
import { type RunPaths, stepFileNumber } from "../format/layout.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import {
  InstanceLedger,
  linesOf,
  recordBlocks,
  type RecordKind,
} from "../read/internal.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";

/**
 * Reads a run up to the first bad line of each file, and returns the completed
 * instances that lack a step: a later one is there, or an assertion about it, or
 * its request or response.
 *
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function instancesWithLostSteps(
  fs: FileSystem,
  paths: RunPaths,
): Promise<Set<string>> {
  const ledger = new InstanceLedger();
  const lost = new Set<string>();
  for await (
    const { instance_id, correlation_id } of goodRecords<InstanceRecord>(
      fs,
      paths,
      "instance",
    )
  ) {
    ledger.addInstance(instance_id, correlation_id);
  }
  for await (const record of goodRecords<StepRecord>(fs, paths, "step")) {
    const { instance_id, correlation_id, step_index } = record;
    ledger.addStep(instance_id, correlation_id, step_index);
  }
  for (const { instance_id } of ledger.gaps()) {
    if (ledger.isCompleted(instance_id)) lost.add(instance_id);
  }
  const assertions = goodRecords<AssertionRecord>(fs, paths, "assertion");
  for await (const { instance_id, correlation_id, step_index } of assertions) {
    if (ledger.addAssertion(instance_id, correlation_id, step_index)) continue;
    lost.add(instance_id);
  }
  await readGuard(paths.artifacts, async () => {
    if (!(await fs.stat(paths.artifacts))?.isDirectory) return;
    for await (const { name: id, isDirectory } of fs.list(paths.artifacts)) {
      if (!isDirectory || !ledger.isCompleted(id)) continue;
      for await (const { name } of fs.list(join(paths.artifacts, id))) {
        if ((stepFileNumber(name) ?? 0) > ledger.stepCount(id)) lost.add(id);
      }
    }
  });
  return lost;
}

async function* goodRecords<R>(
  fs: FileSystem,
  paths: RunPaths,
  kind: RecordKind,
): AsyncGenerator<R> {
  try {
    for await (const records of recordBlocks<R>(fs, linesOf(paths, kind))) {
      yield* records;
    }
  } catch (error) {
    const isBadLine = error instanceof ArtifactError &&
      error.code === "CORRUPT_LINE";
    if (!isBadLine) throw error;
  }
}
