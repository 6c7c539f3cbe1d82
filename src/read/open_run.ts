/**
 * Opens a run to read it.
 *
 * @module
 */
import * as v from "valibot";
import { fileSystemOf } from "../adapters/mod.ts";
import { assertOptions, assertPath } from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import { recordFiles, runPaths } from "../format/layout.ts";
import { confineTo } from "../storage/confined.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { findWriter } from "../storage/lock_file.ts";
import { FileSystemOption } from "../storage/options.ts";
import { findTornTail, type TornTail } from "../storage/torn_tail.ts";
import { readManifest, readSummary } from "./documents.ts";
import { onCorruptLineOption } from "./line_parser.ts";
import { RunReader } from "./run_reader.ts";
import { runState } from "./run_state.ts";

/** How {@linkcode openRun} opens. */
export interface OpenRunOptions {
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
  /**
   * Takes the error of whatever is damaged, and has the rest read: a summary that
   * cannot be read counts as none, bad lines are left out, a missing file has no
   * lines. The same damage is reported each time that it is met. Default: it is
   * thrown.
   */
  onDamage?: (error: ArtifactError) => void;
}

/** What {@linkcode OpenRunOptions} may hold. */
export const OpenRunOptionsSchema: v.GenericSchema<OpenRunOptions> = v
  .strictObject({
    fs: FileSystemOption,
    onDamage: v.optional(onCorruptLineOption()),
  });

/**
 * Opens a run to read it, finished or not. Takes no lock and writes nothing.
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `CORRUPT_FILE`, `UNSUPPORTED_VERSION`,
 * `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, openRun } from "@windtunnel/artifacts";
 *
 * const recorded = await createRun({ sut_name: "ecommerce" });
 * await recorded.finalize();
 *
 * const run = await openRun(recorded.path);
 * console.log(run.state, run.summary?.pass_rate);
 * for await (const { instance_id, error } of run.instances({ passed: false })) {
 *   console.log(instance_id, error);
 * }
 * ```
 */
export async function openRun(
  path: string,
  options: OpenRunOptions = {},
): Promise<RunReader> {
  assertPath("openRun", path);
  assertOptions("openRun", OpenRunOptionsSchema, options);
  const fs = confineTo(await fileSystemOf(options.fs), path);
  const paths = runPaths(path);
  const manifest = await readManifest(fs, paths);
  // The lock before the summary: a writer leaves them in the other order.
  const writer = await readGuard(path, () => findWriter(fs, path));
  const { onDamage } = options;
  const summary = await unlessDamaged(() => readSummary(fs, paths), onDamage) ??
    null;
  const tornTails: TornTail[] = [];
  for (const file of recordFiles(paths)) {
    const tail = await unlessDamaged(() => findTornTail(fs, file), onDamage);
    if (tail) tornTails.push(tail);
  }
  return new RunReader(fs, paths, onDamage, {
    manifest,
    summary,
    state: runState(summary, writer),
    writer,
    tornTails,
  });
}

async function unlessDamaged<T>(
  read: () => Promise<T>,
  onDamage: OpenRunOptions["onDamage"],
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const isDamage = error instanceof ArtifactError &&
      error.code === "CORRUPT_FILE";
    if (!onDamage || !isDamage) throw error;
    onDamage(error);
    return undefined;
  }
}
