/**
 * Resumes a run that broke off.
 *
 * @module
 */
import {
  loadCurrentStep,
  RequestsFormSchema,
  resolveLimits,
  type RunFiles,
  RunLimitsSchema,
  type RunScan,
} from "../record/internal.ts";
import { FileModeOption, FileSystemOption } from "../storage/options.ts";
import { type RequestsForm, type RunLimits, RunWriter } from "../record/mod.ts";
import { join } from "@std/path/join";
import * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { writeGuard } from "../storage/io_errors.ts";
import {
  instanceIdWidth,
  isSystemFile,
  movedFrom,
  movedName,
  type RunPaths,
} from "../format/layout.ts";
import {
  assertOptions,
  assertPath,
  wholeNumberOption,
} from "../check/options.ts";
import type { RunLock } from "../storage/lock.ts";
import type { Manifest } from "../format/records.ts";
import { lockRun } from "./locked_run.ts";
import { removeTemporaries, repair, syncNames } from "./repair.ts";
import { readSummary } from "../read/internal.ts";
import {
  type RedactOptions,
  type Redactor,
  redactorOf,
  RedactSchema,
} from "../redact/redactor.ts";
import { loadSha256 } from "../adapters/mod.ts";

/** How {@linkcode resumeRun} goes on. */
export interface ResumeRunOptions {
  /**
   * Whether artifact files are synced one by one before their step is written.
   * Default: at durability `"record"` only.
   */
  syncArtifacts?: boolean;
  /** How many instances the whole run will have, as for `createRun`. */
  expectedInstances?: number;
  /** Permissions of new files, as for `createRun`. */
  mode?: number;
  /** Takes over from a writer that may still live, as for `recoverRun`. */
  takeOver?: boolean;
  /** Gives up damaged records, as for `recoverRun`. */
  setAside?: boolean;
  /** What is taken out of records, as for `createRun`. */
  redact?: boolean | RedactOptions;
  /**
   * Where requests and responses of steps are put: see {@linkcode RequestsForm}.
   * Readers give them in the same way. Default: `"files"`.
   */
  requests?: RequestsForm;
  /** Bounds of what is recorded. */
  limits?: RunLimits;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

const ResumeRunOptionsSchema: v.GenericSchema<ResumeRunOptions> = v
  .strictObject({
    syncArtifacts: v.optional(v.boolean()),
    expectedInstances: v.optional(wholeNumberOption(0)),
    mode: v.optional(FileModeOption),
    takeOver: v.optional(v.boolean()),
    setAside: v.optional(v.boolean()),
    redact: v.optional(RedactSchema),
    requests: v.optional(RequestsFormSchema),
    limits: v.optional(RunLimitsSchema),
    fs: FileSystemOption,
  });

/**
 * Goes on with an interrupted run: recovers it (see `recoverRun`), and opens it
 * to record more. Manifest, seed and durability stay; totals and percentiles go
 * on from what was recorded, and so does the numbering of instances.
 * `run.resumed` says which instances had completed; those that had not are
 * started again with `startInstance({ instance_id, … })`.
 *
 * The files of an instance that is attempted again are moved aside, to
 * `artifacts/<instance>~<attempt>/`, when the run is resumed.
 *
 * @example
 * ```ts
 * import { createRun, resumeRun } from "@windtunnel/artifacts";
 *
 * let path: string;
 * {
 *   await using run = await createRun({ sut_name: "ecommerce" });
 *   await run.startInstance({ scenario_id: "checkout" }).complete();
 *   path = run.path;
 * } // Interrupted here.
 * const run = await resumeRun(path);
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * const { status, total_instances } = await run.finalize();
 * console.log(status, total_instances); // completed 2
 * ```
 *
 * @param path The run directory.
 * @throws {ArtifactError} `INVALID_OPTION`, where nothing was changed;
 * `RUN_LOCKED`; `RUN_CLOSED` where the run was completed;
 * and as `recoverRun`
 */
export async function resumeRun(
  path: string,
  options: ResumeRunOptions = {},
): Promise<RunWriter> {
  assertPath("resumeRun", path);
  assertOptions("resumeRun", ResumeRunOptionsSchema, options);
  const redactor = redactorOf(options.redact);
  const { fs, paths, manifest, lock } = await lockRun(path, options);
  try {
    return await openAgain(fs, paths, manifest, lock, redactor, options);
  } catch (error) {
    await writeGuard(path, () => lock.release());
    throw error;
  }
}

async function openAgain(
  fs: FileSystem,
  paths: RunPaths,
  manifest: Manifest,
  lock: RunLock,
  redactor: Redactor | undefined,
  options: ResumeRunOptions,
): Promise<RunWriter> {
  // First, as in `recoverRun`.
  await removeTemporaries(fs, paths);
  const summary = await readSummary(fs, paths);
  if (summary?.status === "completed") {
    throw new ArtifactError(
      "RUN_CLOSED",
      `Cannot resume run "${manifest.run_id}": it was completed`,
    );
  }
  await syncNames(fs, paths.run);
  const { scan } = await repair(fs, paths, manifest, lock, options);
  await writeGuard(paths.artifacts, () => moveAside(fs, paths, scan));
  // Its presence means "finalized": it goes, durably, before a line is added.
  if (summary) await writeGuard(paths.summary, () => fs.remove(paths.summary));
  const files = await openFiles(fs, paths);
  await writeGuard(paths.run, () => fs.syncDir(paths.run));
  return new RunWriter({
    fs,
    paths,
    manifest,
    files,
    lock,
    syncArtifacts: options.syncArtifacts ?? manifest.durability === "record",
    redactor,
    requests: options.requests ?? "files",
    limits: resolveLimits(options.limits),
    instanceIdWidth: Math.max(
      scan.idWidth,
      instanceIdWidth(options.expectedInstances ?? 0),
    ),
    currentStep: await loadCurrentStep(),
    newSha256: await loadSha256(),
    resumed: scan,
  });
}

/**
 * A second attempt writes files of the same names as the first: those of the
 * first are kept under a name that no instance has.
 */
async function moveAside(
  fs: FileSystem,
  paths: RunPaths,
  { completed }: RunScan,
): Promise<void> {
  if (!await fs.stat(paths.artifacts)) await fs.makeDir(paths.artifacts);
  const names = new Set<string>();
  for await (const { name } of fs.list(paths.artifacts)) names.add(name);
  for (const name of names) {
    if (completed.has(name) || movedFrom(name) || isSystemFile(name)) continue;
    let number = 1;
    while (names.has(movedName(name, number))) number++;
    await fs.rename(
      join(paths.artifacts, name),
      join(paths.artifacts, movedName(name, number)),
    );
  }
  await fs.syncDir(paths.artifacts);
}

async function openFiles(fs: FileSystem, paths: RunPaths): Promise<RunFiles> {
  const opened: FileHandle[] = [];
  const open = (path: string) =>
    writeGuard(path, async () => {
      // A run that ended with nothing open has no file of starts.
      const isThere = path !== paths.started || await fs.stat(path);
      const handle = await fs.open(path, isThere ? "append" : "create-new");
      opened.push(handle);
      return handle;
    });
  try {
    return {
      instances: await open(paths.instances),
      steps: await open(paths.steps),
      assertions: await open(paths.assertions),
      started: await open(paths.started),
    };
  } catch (error) {
    await Promise.allSettled(opened.map((handle) => handle.close()));
    throw error;
  }
}
