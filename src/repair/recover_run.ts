/**
 * Closes a run whose writer has crashed as interrupted.
 *
 * @module
 */
import * as v from "valibot";
import { assertOptions, assertPath } from "../check/options.ts";
import type { Summary } from "../format/records.ts";
import { prettyJson } from "../json/value.ts";
import { readSummary } from "../read/internal.ts";
import type { OpenRunOptions } from "../read/mod.ts";
import {
  instancesInFlight,
  keepIncompleteStarts,
  type RunScan,
} from "../record/internal.ts";
import type { InstanceInFlight } from "../record/mod.ts";
import { sealRun } from "../seal/mod.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import { FileModeOption, FileSystemOption } from "../storage/options.ts";
import { lockRun } from "./locked_run.ts";
import { removeTemporaries, repair, syncNames } from "./repair.ts";
import type { SavedDamage, SavedTail } from "./cut_file.ts";

/** How {@linkcode recoverRun} recovers. */
export interface RecoverRunOptions extends Pick<OpenRunOptions, "fs"> {
  /**
   * Permissions of new files, as for `createRun`: torn bytes are put aside.
   * Default: those of the manifest.
   */
  mode?: number;
  /**
   * Takes the run over from a writer that cannot be checked from here, as on
   * another machine or in another container. That writer acknowledges nothing
   * from then on. Default: only after a minute without its heartbeat.
   */
  takeOver?: boolean;
  /**
   * Sets a damaged part of a file aside also where completed instances have
   * records in it: they are lost to the run, and the report names the instances.
   * Default: then the recovery refuses.
   */
  setAside?: boolean;
}

const RecoverRunOptionsSchema: v.GenericSchema<RecoverRunOptions> = v
  .strictObject({
    fs: FileSystemOption,
    mode: v.optional(FileModeOption),
    takeOver: v.optional(v.boolean()),
    setAside: v.optional(v.boolean()),
  });

/** What {@linkcode recoverRun} found and did. */
export interface RecoveryReport {
  /** Id of the run. */
  run_id: string;
  /** Whether there was nothing to do: the run had its summary. */
  alreadyFinalized: boolean;
  /** The summary, which counts what was kept. */
  summary: Summary;
  /** Instances that began and never completed. */
  instancesInFlight: InstanceInFlight[];
  /** Torn tails that were cut, and where their bytes are. */
  tornTails: SavedTail[];
  /** Damaged parts that were cut, and where their bytes are. */
  damage: SavedDamage[];
}

/**
 * Makes a run whole whose writer has crashed: copies torn bytes into files next to
 * the run (nothing is deleted), cuts them off, and writes the summary with status
 * `"interrupted"`, counted anew from the lines. Where a line before the tail is
 * damaged, the file is cut from there on, as long as no completed instance has a
 * record in that part. A run that has its summary is left as it is. So it can be
 * called again, also after a crash in the middle of it.
 *
 * @example
 * ```ts
 * import { createRun, openRun, recoverRun } from "@windtunnel/artifacts";
 * import { rm } from "node:fs/promises";
 * import { join } from "node:path";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 * await rm(join(run.path, "summary.json")); // As a crash before it leaves the run.
 *
 * const { summary } = await recoverRun(run.path);
 * console.log(summary.status, summary.total_instances); // interrupted 1
 * console.log((await openRun(run.path)).state); // interrupted
 * ```
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_LOCKED` where its writer still runs;
 * `CORRUPT_LINE` where completed instances need what is damaged, and nothing was
 * changed;
 * `RUN_NOT_FOUND`, `CORRUPT_FILE`, `UNSUPPORTED_VERSION`, `READ_FAILED`,
 * `WRITE_FAILED`
 */
export async function recoverRun(
  path: string,
  options: RecoverRunOptions = {},
): Promise<RecoveryReport> {
  assertPath("recoverRun", path);
  assertOptions("recoverRun", RecoverRunOptionsSchema, options);
  const { fs, paths, manifest, lock } = await lockRun(path, options);
  try {
    await syncNames(fs, path);
    // First: a writer that was taken over must not write a summary after the
    // check for one.
    await removeTemporaries(fs, paths);
    const finalized = await readSummary(fs, paths);
    const { scan, tornTails, damage } = finalized
      ? { scan: undefined, tornTails: [], damage: [] }
      : await repair(fs, paths, manifest, lock, options);
    const fence = () => lock.assertHeld();
    let summary = finalized;
    if (!summary) {
      await writeGuard(
        paths.started,
        () => keepIncompleteStarts(fs, paths.started, scan!.completed, fence),
      );
      summary = scan!.tally.summary(
        manifest,
        "interrupted",
        scan!.lastTimestamp,
        startedCount(scan!),
        await readGuard(path, () => sealRun(fs, paths)),
      );
      await writeGuard(
        paths.summary,
        () =>
          writeAtomically(fs, paths.summary, prettyJson(summary!), { fence }),
      );
    }
    return {
      run_id: manifest.run_id,
      alreadyFinalized: finalized !== null,
      summary,
      instancesInFlight: scan ? instancesInFlight(scan) : [],
      tornTails,
      damage,
    };
  } finally {
    await writeGuard(path, () => lock.release());
  }
}

/** Instances that have a line in `started.jsonl`, and none that completed them. */
function startedCount({ inFlight }: RunScan): number {
  return [...inFlight.values()].filter(({ start }) => start !== null).length;
}
