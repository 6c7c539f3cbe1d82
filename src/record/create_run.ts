/**
 * How a run comes to be: options checked, directory claimed, files made,
 * manifest written last.
 *
 * @module
 */
import { FileModeOption, FileSystemOption } from "../storage/options.ts";
import { resolveLimits, type RunLimits, RunLimitsSchema } from "./limits.ts";
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import * as v from "valibot";
import { prettyJson, writeAtomically } from "../storage/atomic_file.ts";
import { timestamp } from "../format/timestamp.ts";
import { confined, directoryMode } from "../storage/confined.ts";
import { ArtifactError, messageOf, systemCode } from "../errors.ts";
import type { FileHandle, FileSystem } from "../storage/file_system.ts";
import { type JsonObject, thrownText } from "../json/value.ts";
import { readGuard } from "../storage/io_errors.ts";
import { firstIssue } from "../check/validate.ts";
import {
  instanceIdWidth,
  runId,
  runIdPrefix,
  type RunPaths,
  runPaths,
} from "../format/layout.ts";
import { assertUnlocked, type RunLock, takeLock } from "../storage/lock.ts";
import { assertSafeName } from "../format/names.ts";
import {
  assertOptions,
  invalidOption,
  TextOption,
  wholeNumberOption,
} from "../check/options.ts";
import {
  type Durability,
  type Manifest,
  ManifestOptions,
  ManifestSchema,
  type Seed,
} from "../format/records.ts";
import {
  type RedactOptions,
  type Redactor,
  redactorOf,
  RedactSchema,
} from "../redact/redactor.ts";
import { runtimeFileSystem } from "../adapters/mod.ts";
import { type RunFiles, RunWriter } from "./run_writer.ts";
import { CREATED_BY } from "../format/version.ts";

/** What {@linkcode createRun} creates. */
export interface CreateRunOptions {
  /** Directory of the runs, made if it is not there. Default: `"runs"`. */
  dir?: string;
  /**
   * Id of the run and name of its directory. Default: `run_<UTC date>_<number>`
   * with the next free number of the day.
   */
  run_id?: string;
  /** Name of the system under test. */
  sut_name: string;
  /** Ids of the scenarios that will be driven. Default: `[]`. */
  scenario_ids?: string[];
  /** The seed that everything random in the run is drawn from. Default: null. */
  seed?: Seed;
  /** The runner's own configuration: a JSON object. Default: `{}`. */
  config?: JsonObject;
  /** When acknowledgements are given. Default: `"instance"`. */
  durability?: Durability;
  /**
   * Whether artifact files are synced one by one before their step is written.
   * Default: at durability `"record"` only.
   */
  syncArtifacts?: boolean;
  /**
   * How many instances will be started, if that is known: ids get as many
   * digits, so that they sort. Default: three digits, more when they are used up.
   */
  expectedInstances?: number;
  /**
   * Permissions of new files, such as `0o600`, less the umask; directories may be
   * searched by those who may read. Not on Windows. Default: what the umask
   * leaves.
   */
  mode?: number;
  /**
   * What is taken out of records before they reach the disk: the values of
   * `authorization`, `proxy-authorization`, `cookie`, `set-cookie` and
   * `x-api-key` in all headers, and more where an object says so. `false` takes
   * out nothing. Default: `true`.
   */
  redact?: boolean | RedactOptions;
  /** Bounds of what is recorded. */
  limits?: RunLimits;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

const CreateRunOptionsSchema: v.GenericSchema<CreateRunOptions> = v
  .strictObject({
    dir: v.optional(TextOption),
    run_id: v.optional(v.unknown()) as v.GenericSchema<string | undefined>,
    sut_name: ManifestOptions.sut_name,
    scenario_ids: v.optional(ManifestOptions.scenario_ids),
    seed: v.optional(ManifestOptions.seed),
    config: v.optional(ManifestOptions.config),
    durability: v.optional(ManifestOptions.durability),
    syncArtifacts: v.optional(v.boolean()),
    expectedInstances: v.optional(wholeNumberOption(0)),
    mode: v.optional(FileModeOption),
    redact: v.optional(RedactSchema),
    limits: v.optional(RunLimitsSchema),
    fs: FileSystemOption,
  });

/**
 * Creates a run: a new directory with its manifest, ready to record. The
 * manifest is durable when this resolves.
 *
 * @example
 * ```ts
 * import { createRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({
 *   sut_name: "ecommerce",
 *   scenario_ids: ["checkout"],
 *   seed: 42,
 * });
 * try {
 *   const instance = run.startInstance({ scenario_id: "checkout" });
 *   await instance.step({
 *     step_name: "add_to_cart",
 *     step_type: "http",
 *     observation: { ok: true, status_code: 201, latency_ms: 12.5 },
 *   });
 *   await instance.complete();
 *   const summary = await run.finalize();
 *   console.log(summary.pass_rate);
 * } finally {
 *   // Where something threw before, this closes the run as interrupted.
 *   await run[Symbol.asyncDispose]();
 * }
 * ```
 *
 * @returns The open run. Dispose or finalize it.
 * @throws {ArtifactError} `RUN_EXISTS`, or `RUN_LOCKED` where that run is being
 * written (nothing was touched), `UNSAFE_NAME` or
 * `INVALID_OPTION` (nothing was created), `WRITE_FAILED` (what had been created
 * is removed again, as far as the file system lets it).
 */
export async function createRun(options: CreateRunOptions): Promise<RunWriter> {
  assertOptions("createRun", CreateRunOptionsSchema, options);
  const { dir = "runs", expectedInstances = 0 } = options;
  const draft: Manifest = {
    format_version: 1,
    // Checked like any other where none is given; a free one is claimed below.
    run_id: options.run_id === undefined ? "run" : options.run_id,
    timestamp: timestamp(),
    sut_name: options.sut_name,
    scenario_ids: options.scenario_ids ?? [],
    seed: options.seed ?? null,
    config: options.config ?? {},
    durability: options.durability ?? "instance",
    created_by: CREATED_BY,
  };
  assertSafeName("a run id", draft.run_id);
  const fixed: Manifest = JSON.parse(JSON.stringify(draft));
  const limits = resolveLimits(options.limits);
  const redactor = redactorOf(options.redact);
  if (redactor) redactConfig(fixed, redactor);

  const fs = options.fs ?? await runtimeFileSystem();
  await ensureDurableDir(fs, dir);
  const { mode } = options;
  const run_id = options.run_id === undefined
    ? await claimNextId(fs, dir, mode, fixed.timestamp)
    : await claim(fs, dir, mode, options.run_id);
  const manifest = { ...fixed, run_id };
  const paths = runPaths(join(dir, run_id));
  const inside = confined(fs, paths.run, mode);
  const { files, lock } = await makeFiles(inside, paths, manifest);
  return new RunWriter({
    fs: inside,
    paths,
    manifest,
    files,
    lock,
    syncArtifacts: options.syncArtifacts ?? manifest.durability === "record",
    redactor,
    limits,
    instanceIdWidth: instanceIdWidth(expectedInstances),
  });
}

function redactConfig(manifest: Manifest, redactor: Redactor): void {
  try {
    const config = redactor.value(manifest.config, ["config"]);
    manifest.config = config as JsonObject;
  } catch (error) {
    throw invalidOption(
      "createRun",
      "redact.replace",
      `threw: ${thrownText(error)}`,
    );
  }
  const issue = firstIssue(ManifestSchema, manifest);
  if (issue) throw invalidOption("createRun", issue.path, issue.message);
}

/**
 * Makes the directory of the runs so that it, too, survives a power loss. One
 * that is there may have been made a moment ago, by someone who has yet to sync
 * it: so all that is above it is synced either way.
 */
async function ensureDurableDir(fs: FileSystem, dir: string): Promise<void> {
  try {
    await fs.ensureDir(dir);
    let below = dir;
    for (
      let above = dirname(below);
      above !== below;
      above = dirname(below)
    ) {
      await fs.syncDir(above);
      below = above;
    }
  } catch (error) {
    throw cannotCreate(dir, error);
  }
}

async function claim(
  fs: FileSystem,
  dir: string,
  mode: number | undefined,
  run_id: string,
): Promise<string> {
  const path = join(dir, run_id);
  try {
    await fs.makeDir(path, directoryMode(mode));
  } catch (error) {
    if (systemCode(error) !== "EEXIST") throw cannotCreate(path, error);
    await readGuard(path, () => assertUnlocked(fs, path)).catch((error) => {
      // What cannot be looked at is there all the same.
      if (error.code === "RUN_LOCKED") throw error;
    });
    throw new ArtifactError(
      "RUN_EXISTS",
      `Cannot create the run "${run_id}": "${path}" is there already: choose another run id`,
      { file: path, cause: error },
    );
  }
  return run_id;
}

async function claimNextId(
  fs: FileSystem,
  dir: string,
  mode: number | undefined,
  started_at: string,
): Promise<string> {
  const prefix = runIdPrefix(started_at);
  let number = 1;
  await readGuard(dir, async () => {
    for await (const { name } of fs.list(dir)) {
      if (!name.startsWith(prefix)) continue;
      const taken = Number(name.slice(prefix.length));
      if (Number.isSafeInteger(taken)) number = Math.max(number, taken + 1);
    }
  });
  for (;; number++) {
    try {
      return await claim(fs, dir, mode, runId(prefix, number));
    } catch (error) {
      const lost = error instanceof ArtifactError &&
        (error.code === "RUN_EXISTS" || error.code === "RUN_LOCKED");
      if (!lost) throw error;
    }
  }
}

/**
 * Fills the claimed directory. The manifest comes last: where it can be read,
 * all the rest is there.
 */
async function makeFiles(
  fs: FileSystem,
  paths: RunPaths,
  manifest: Manifest,
): Promise<{ files: RunFiles; lock: RunLock }> {
  const opened: FileHandle[] = [];
  const create = async (path: string): Promise<FileHandle> => {
    const handle = await fs.open(path, "create-new");
    opened.push(handle);
    return handle;
  };
  try {
    const lock = await takeLock(fs, paths.run, manifest.timestamp);
    await fs.makeDir(paths.artifacts);
    const files = {
      instances: await create(paths.instances),
      steps: await create(paths.steps),
      assertions: await create(paths.assertions),
    };
    // Durable names first: a file system may put the manifest's on the disk
    // before theirs.
    await fs.syncDir(paths.run);
    await writeAtomically(fs, paths.manifest, prettyJson(manifest));
    await fs.syncDir(dirname(paths.run));
    return { files, lock };
  } catch (error) {
    await Promise.allSettled(opened.map((handle) => handle.close()));
    await removeAttempt(fs, paths);
    throw cannotCreate(paths.run, error);
  }
}

/**
 * Best effort: what cannot be removed is a directory that is no run. The
 * manifest goes first, durably: never does one stand without the files.
 */
async function removeAttempt(fs: FileSystem, paths: RunPaths): Promise<void> {
  try {
    if (await fs.stat(paths.manifest)) {
      await fs.remove(paths.manifest);
      await fs.syncDir(paths.run);
    }
    for await (const { name } of fs.list(paths.run)) {
      await fs.remove(join(paths.run, name));
    }
    await fs.remove(paths.run);
  } catch {
    // The first error is the one to tell.
  }
}

function cannotCreate(path: string, cause: unknown): ArtifactError {
  if (cause instanceof ArtifactError) return cause;
  return new ArtifactError(
    "WRITE_FAILED",
    `Cannot create "${basename(path)}" at "${path}": ${messageOf(cause)}`,
    { file: path, cause },
  );
}
