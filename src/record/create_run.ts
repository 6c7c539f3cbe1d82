/**
 * Creates a run: checks options, claims a directory, writes the manifest last.
 *
 * @module
 */
import { FileModeOption, FileSystemOption } from "../storage/options.ts";
import { type RequestsForm, RequestsFormSchema } from "./requests_form.ts";
import { resolveLimits, type RunLimits, RunLimitsSchema } from "./limits.ts";
import { join } from "@std/path/join";
import * as v from "valibot";
import { timestamp } from "../format/timestamp.ts";
import { confineTo } from "../storage/confined.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { type JsonObject } from "../json/value.ts";
import { thrownText } from "../errors.ts";
import { firstIssue } from "../check/validate.ts";
import { instanceIdWidth, runPaths, shardRunId } from "../format/layout.ts";
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
  type Shard,
} from "../format/records.ts";
import {
  type RedactOptions,
  type Redactor,
  redactorOf,
  RedactSchema,
} from "../redact/redactor.ts";
import { fileSystemOf, loadSha256 } from "../adapters/mod.ts";
import {
  claim,
  claimNextId,
  ensureDurableDir,
  makeFiles,
} from "./run_directory.ts";
import { loadCurrentStep } from "./current_step.ts";
import { isObject } from "../format/fields.ts";
import { randomNonce } from "../format/correlation.ts";
import { toJsonValue } from "../json/typed_value.ts";
import { RunWriter } from "./run_writer.ts";
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
  /**
   * 32 lowercase hex digits from which correlation ids are derived: unlike in
   * every run, unless the run is to have the ids of another. Default: random.
   */
  nonce?: string;
  /**
   * Which of several writers this is that share the work of a run, on one machine
   * or many: the `index`-th (from 1) of `count`. Its run id gets
   * `.shard-<index>-of-<count>` at its end, and its k-th instance the number
   * (k - 1) * count + index, so that ids of shards never clash. `mergeRuns` makes
   * one run of them. Default: null.
   */
  shard?: Shard | null;
  /** The runner's own configuration. Default: `{}`. */
  config?: object;
  /** When acknowledgements are given. Default: `"instance"`. */
  durability?: Durability;
  /**
   * Whether artifact files are synced one by one before their step is written.
   * Default: at durability `"record"` only.
   */
  syncArtifacts?: boolean;
  /**
   * How many instances will be started, those of other shards included, if that
   * is known: ids get as many digits, so that they sort. Default: three digits, more when they are used up.
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

const CreateRunOptionsSchema: v.GenericSchema<CreateRunOptions> = v
  .strictObject({
    dir: v.optional(TextOption),
    run_id: v.optional(v.unknown()) as v.GenericSchema<string | undefined>,
    sut_name: ManifestOptions.sut_name,
    scenario_ids: v.optional(ManifestOptions.scenario_ids),
    seed: v.optional(ManifestOptions.seed),
    nonce: v.optional(ManifestOptions.nonce),
    shard: v.nullish(ManifestOptions.shard),
    config: v.optional(
      v.custom<object>(isObject, "must be an object"),
    ),
    durability: v.optional(ManifestOptions.durability),
    syncArtifacts: v.optional(v.boolean()),
    expectedInstances: v.optional(wholeNumberOption(0)),
    mode: v.optional(FileModeOption),
    redact: v.optional(RedactSchema),
    requests: v.optional(RequestsFormSchema),
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
  const requested: Manifest = {
    format_version: 1,
    // Checked like any other where none is given; a free one is claimed below.
    run_id: options.run_id === undefined ? "run" : options.run_id,
    nonce: options.nonce ?? randomNonce(),
    timestamp: timestamp(),
    sut_name: options.sut_name,
    scenario_ids: options.scenario_ids ?? [],
    seed: options.seed ?? null,
    config: toJsonValue(options.config ?? {}, "config") as JsonObject,
    durability: options.durability ?? "instance",
    shard: options.shard ?? null,
    merged_from: [],
    created_by: CREATED_BY,
  };
  assertSafeName("a run id", requested.run_id);
  requested.run_id = shardRunId(requested.run_id, requested.shard);
  assertSafeName("a run id", requested.run_id);
  const copy: Manifest = JSON.parse(JSON.stringify(requested));
  const limits = resolveLimits(options.limits);
  const redactor = redactorOf(options.redact);
  if (redactor) redactConfig(copy, redactor);

  const fs = await fileSystemOf(options.fs);
  await ensureDurableDir(fs, dir);
  const { mode } = options;
  const run_id = options.run_id === undefined
    ? await claimNextId(fs, dir, mode, copy.timestamp, copy.shard)
    : await claim(fs, dir, mode, copy.run_id);
  const manifest = { ...copy, run_id };
  const paths = runPaths(join(dir, run_id));
  const inside = confineTo(fs, paths.run, mode);
  const { files, lock } = await makeFiles(inside, paths, manifest);
  return new RunWriter({
    fs: inside,
    paths,
    manifest,
    files,
    lock,
    syncArtifacts: options.syncArtifacts ?? manifest.durability === "record",
    redactor,
    requests: options.requests ?? "files",
    limits,
    instanceIdWidth: instanceIdWidth(expectedInstances),
    currentStep: await loadCurrentStep(),
    newSha256: await loadSha256(),
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
