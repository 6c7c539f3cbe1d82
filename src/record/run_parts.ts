/**
 * Puts together what a run writer works with.
 *
 * @module
 */
import type { Sha256 } from "../adapters/mod.ts";
import type { RunPaths } from "../format/layout.ts";
import type { Manifest } from "../format/records.ts";
import { Tally } from "../format/tally.ts";
import type { Redactor } from "../redact/redactor.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { RunLock } from "../storage/lock.ts";
import { RunFailure } from "../storage/run_failure.ts";
import { ArtifactWriter } from "./artifact_writer.ts";
import type { CurrentStep } from "./current_step.ts";
import { HeldRoom } from "./held_files.ts";
import { InstanceNumbering } from "./instance_numbering.ts";
import type { RunLimits } from "./limits.ts";
import type { RequestsForm } from "./requests_form.ts";
import type { RunScan } from "./resume_point.ts";
import { type RunFiles, RunLogs } from "./run_logs.ts";
import { WriteQueue } from "./write_queue.ts";

/** What a `RunWriter` is made of. */
export interface RunWriterDeps {
  /** The file system. */
  fs: FileSystem;
  /** Where the files of the run are. */
  paths: RunPaths;
  /** The manifest, as it was written. */
  manifest: Manifest;
  /** The open files. */
  files: RunFiles;
  /** The lock of the run. */
  lock: RunLock;
  /** Whether artifact files are synced one by one. */
  syncArtifacts: boolean;
  /** Takes secrets out of what is recorded. */
  redactor: Redactor | undefined;
  /** Where the requests and the responses of steps are put. */
  requests: RequestsForm;
  /** Its bounds. */
  limits: Required<RunLimits>;
  /** Begins a hash. */
  newSha256: () => Sha256;
  /** Digits of instance ids. */
  instanceIdWidth: number;
  /** Finds the current step, where the runtime can. */
  currentStep: CurrentStep | undefined;
  /** What was there before, where the run is resumed. */
  resumed?: RunScan;
}

/** What a `RunWriter` works with. */
export interface RunParts extends
  Pick<
    RunWriterDeps,
    | "fs"
    | "paths"
    | "manifest"
    | "lock"
    | "redactor"
    | "requests"
    | "currentStep"
  > {
  /** Absolute path of the run directory. */
  readonly path: string;
  /** Whether there was something before. */
  readonly isResumed: boolean;
  /** Its first failure. */
  readonly failure: RunFailure;
  /** Its totals. */
  readonly tally: Tally;
  /** Take its records. */
  readonly logs: RunLogs;
  /** Writes its artifacts. */
  readonly artifacts: ArtifactWriter;
  /** What its open instances hold. */
  readonly held: HeldRoom;
  /** Gives instances their ids. */
  readonly numbering: InstanceNumbering;
  /** What waits to be written. */
  readonly queue: WriteQueue;
  /** Cancels the streams of artifacts that are still open. */
  readonly stopStreams: AbortController;
}

/** Makes the parts. */
export function runParts(deps: RunWriterDeps): RunParts {
  const { fs, paths, lock, redactor, limits, resumed, currentStep } = deps;
  // Its ids go into records unchecked: nobody may change them.
  const manifest = Object.freeze(deps.manifest);
  const { run_id, durability } = manifest;
  const failure = new RunFailure();
  const stopStreams = new AbortController();
  const tally = resumed?.tally ?? new Tally(manifest.scenario_ids);
  const fence = () => lock.assertHeld();
  const logs = new RunLogs({
    files: deps.files,
    paths,
    run_id,
    durability,
    tally,
    redactor,
    limits,
    fence,
    failure,
  });
  return {
    fs,
    paths,
    manifest,
    lock,
    redactor,
    requests: deps.requests,
    currentStep,
    path: fs.absolutePath?.(paths.run) ?? paths.run,
    isResumed: resumed !== undefined,
    failure,
    tally,
    logs,
    artifacts: new ArtifactWriter(
      fs,
      paths.run,
      deps.syncArtifacts,
      failure,
      stopStreams.signal,
      deps.newSha256,
      fence,
    ),
    held: new HeldRoom(),
    numbering: new InstanceNumbering(manifest, deps.instanceIdWidth, resumed),
    queue: new WriteQueue(run_id, limits.queueBytesMax, logs),
    stopStreams,
  };
}
