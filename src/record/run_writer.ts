/**
 * Records a run.
 *
 * @module
 */
import type { RunLimits } from "./limits.ts";
import { ArtifactWriter } from "./artifact_writer.ts";
import { prettyJson } from "../json/value.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import { timestamp } from "../format/timestamp.ts";
import { ArtifactError, thrownText } from "../errors.ts";
import type { Sha256 } from "../adapters/mod.ts";
import { sealRun } from "../seal/mod.ts";
import { RunFailure } from "../storage/run_failure.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { ReadonlyInstanceIds } from "../format/instance_ids.ts";
import { InstanceNumbering } from "./instance_numbering.ts";
import { assertInstanceInput } from "./instance_input.ts";
import { InstanceWriter } from "./instance_writer.ts";
import type { RunPaths } from "../format/layout.ts";
import type { RunLock } from "../storage/lock.ts";
import type {
  AssertionRecord,
  InstanceInput,
  InstanceRecord,
  Manifest,
  StepRecord,
  Summary,
} from "../format/records.ts";
import type { RecordIds } from "../format/record_kind.ts";
import type { RecordLog } from "./record_log.ts";
import { type RunFiles, RunLogs } from "./run_logs.ts";
import type { CurrentStep } from "./current_step.ts";
import { keepIncompleteStarts } from "./started_file.ts";
import { assertFunction } from "./assert_function.ts";
import type { JsonObject } from "../json/value.ts";
import type { Redactor } from "../redact/redactor.ts";
import { recordSink } from "./record_sink.ts";
import type { RunScan } from "./resume_point.ts";
import { type RunTotals, Tally } from "../format/tally.ts";

/** What a {@linkcode RunWriter} is made of. */
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
  /** Its bounds. */
  limits: Required<RunLimits>;
  /** Begins a hash. */
  newSha256: () => Sha256;
  /** Digits of instance ids. */
  instanceIdWidth: number;
  /** Knows the step at hand, where the runtime can. */
  currentStep: CurrentStep | undefined;
  /** What was there before, where the run is resumed. */
  resumed?: RunScan;
}

/** What a resumed run had when it was interrupted. */
export interface ResumedState {
  /** Instances that had completed: leave them out. */
  completed: ReadonlyInstanceIds;
  /**
   * Instances that had begun and not completed: start them again, by their
   * `instance_id`. Their earlier steps and assertions stay, under the earlier
   * correlation id.
   */
  instancesInFlight: InstanceInFlight[];
}

/** An instance that had begun and not completed. */
export interface InstanceInFlight {
  /** Id within the run. */
  instance_id: string;
  /** The caller's own name for it, or null. */
  instance_key: string | null;
  /** Which scenario was executed; null where a power loss took its start. */
  scenario_id: string | null;
  /** What the scenario was started with. */
  entry_data: JsonObject;
}

/** Live totals of a run. */
export interface RunStats extends RunTotals {
  /** Instances that were tried again: they are in no other count. */
  instancesRetried: number;
  /** Instances that were started and not completed. */
  instancesInFlight: number;
  /**
   * What is accepted and not yet written: bytes of artifacts, and text in UTF-16
   * code units.
   */
  queuedBytes: number;
}

/**
 * A run that records. Made by `createRun`; ends with {@linkcode finalize}, or
 * with its disposal (`await using`), which finalizes it as interrupted.
 */
export class RunWriter implements AsyncDisposable {
  /** The manifest, as it was written. */
  readonly manifest: Manifest;
  /** Absolute path of the run directory. */
  readonly path: string;
  /** What was there before; null where the run was not resumed. */
  readonly resumed: ResumedState | null;

  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #lock: RunLock;
  readonly #failure = new RunFailure();
  readonly #tally: Tally;
  readonly #logs: RunLogs;
  readonly #artifacts: ArtifactWriter;
  readonly #numbering: InstanceNumbering;
  readonly #redactor: Redactor | undefined;
  readonly #limits: Required<RunLimits>;
  /** Work that will still append something. */
  readonly #underWay = new Set<Promise<unknown>>();
  readonly #currentStep: CurrentStep | undefined;
  readonly #stopStreams = new AbortController();
  #inFlight = 0;
  /** Artifacts in memory, and records that come after them. */
  #reservedBytes = 0;
  #finalized: Promise<Summary> | undefined;
  #streams: {
    instances?: WritableStream<InstanceRecord>;
    steps?: WritableStream<StepRecord>;
    assertions?: WritableStream<AssertionRecord>;
  } = {};

  /**
   * Made by `createRun`.
   * @internal
   */
  constructor(parts: RunWriterDeps) {
    const { fs, paths, manifest, files } = parts;
    // Its ids go into records unchecked: nobody may change them.
    this.manifest = Object.freeze(manifest);
    this.path = fs.absolutePath?.(paths.run) ?? paths.run;
    this.#fs = fs;
    this.#paths = paths;
    this.#lock = parts.lock;
    const { resumed } = parts;
    this.#numbering = new InstanceNumbering(
      manifest,
      parts.instanceIdWidth,
      resumed,
    );
    this.#currentStep = parts.currentStep;
    this.#tally = resumed?.tally ?? new Tally(manifest.scenario_ids);
    this.resumed = resumed
      ? {
        completed: resumed.completed,
        instancesInFlight: instancesInFlight(resumed),
      }
      : null;
    this.#redactor = parts.redactor;
    this.#limits = parts.limits;
    this.#logs = new RunLogs({
      files,
      paths,
      run_id: manifest.run_id,
      durability: manifest.durability,
      tally: this.#tally,
      redactor: parts.redactor,
      limits: parts.limits,
      fence: () => this.#lock.assertHeld(),
      failure: this.#failure,
    });
    this.#artifacts = new ArtifactWriter(
      fs,
      paths.run,
      parts.syncArtifacts,
      this.#failure,
      this.#stopStreams.signal,
      parts.newSha256,
      () => this.#lock.assertHeld(),
    );
  }

  /** Id of the run. */
  get run_id(): string {
    return this.manifest.run_id;
  }

  /** Live totals: what was recorded so far. */
  get stats(): RunStats {
    return {
      ...this.#tally.totals(),
      instancesRetried: this.#tally.retriedCount,
      instancesInFlight: this.#inFlight,
      queuedBytes: this.#queuedBytes(),
    };
  }

  /**
   * Starts an instance. Ids count up in the order of starting.
   *
   * @throws {ArtifactError} `RUN_CLOSED`, `INVALID_RECORD`, `WRITE_FAILED`
   */
  startInstance(input: InstanceInput): InstanceWriter {
    this.#assertOpen();
    assertInstanceInput(input, { run_id: this.run_id });
    const instance = new InstanceWriter(
      {
        run_id: this.run_id,
        nonce: this.manifest.nonce,
        artifacts: this.#artifacts,
        redactor: this.#redactor,
        logs: this.#logs,
        assertOpen: () => this.#assertOpen(),
        reserve: (bytes) => this.#reserve(bytes),
        track: (work) => this.#track(work),
        onCompleted: () => this.#inFlight--,
        inStep: (step, work) =>
          this.#currentStep ? this.#currentStep.run(step, work) : work(),
      },
      this.#numbering.next(input),
      input,
    );
    this.#inFlight++;
    return instance;
  }

  /**
   * Runs a function as an instance: it is started before, completed after, and
   * what the function throws is recorded and thrown on.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const total = await run.instance({ scenario_id: "cart" }, async (instance) => {
   *   const sum = await instance.step("add", (step) => {
   *     step.assert("positive", 3 > 0);
   *     return 1 + 2;
   *   });
   *   instance.assert("total", sum === 3, { actual: sum });
   *   return sum;
   * });
   * console.log(total, (await run.finalize()).pass_count); // 3 1
   * ```
   *
   * @returns What the function returns, when the instance is durable.
   * @throws What the function throws; {@linkcode ArtifactError} as
   * {@linkcode RunWriter.startInstance} and `InstanceWriter.complete`
   */
  async instance<T>(
    input: InstanceInput,
    fn: (instance: InstanceWriter) => T | Promise<T>,
  ): Promise<T> {
    const call = "instance(input, async (instance) => { … })";
    assertFunction("instance", fn, call, { run_id: this.run_id });
    return await this.startInstance(input).run(fn);
  }

  /**
   * Appends a whole step record.
   *
   * @returns Resolves when its line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD` (nothing is written, and the next
   * append works), `RUN_CLOSED`, `QUEUE_FULL`, `WRITE_FAILED`
   */
  appendStep(record: StepRecord): Promise<void> {
    return this.#append(this.#logs.steps, record);
  }

  /**
   * Appends a whole assertion record.
   *
   * @returns Resolves when its line is written (`"record"`: durable).
   * @throws {ArtifactError} as {@linkcode RunWriter.appendStep}
   */
  appendAssertion(record: AssertionRecord): Promise<void> {
    return this.#append(this.#logs.assertions, record);
  }

  /**
   * Appends a whole instance record, after every step and assertion that was
   * appended before it.
   *
   * @returns Resolves when its line, and before it theirs, is durable (`"os"`:
   * written).
   * @throws {ArtifactError} as {@linkcode RunWriter.appendStep}
   */
  appendInstance(record: InstanceRecord): Promise<void> {
    return this.#append(this.#logs.instances, record);
  }

  /**
   * Instance records as a stream to `pipeTo`: a write is accepted, `close()` is
   * durable. One stream per run.
   */
  get instances(): WritableStream<InstanceRecord> {
    return this.#streams.instances ??= recordSink(
      this.#logs.instances,
      this.#failure,
      () => this.#assertOpen(),
    );
  }

  /** Step records as a stream; see {@linkcode RunWriter.instances}. */
  get steps(): WritableStream<StepRecord> {
    return this.#streams.steps ??= recordSink(
      this.#logs.steps,
      this.#failure,
      () => this.#assertOpen(),
    );
  }

  /** Assertion records as a stream; see {@linkcode RunWriter.instances}. */
  get assertions(): WritableStream<AssertionRecord> {
    return this.#streams.assertions ??= recordSink(
      this.#logs.assertions,
      this.#failure,
      () => this.#assertOpen(),
    );
  }

  /**
   * Ends the run: takes no more records, syncs all there are, and writes the
   * summary. Called again, it gives the same summary.
   *
   * @returns The summary, durable. Its `incomplete_count` says how many instances
   * were started and never completed.
   * @throws {ArtifactError} `WRITE_FAILED`
   */
  finalize(): Promise<Summary> {
    return this.#finalized ??= this.#finalize("completed");
  }

  /**
   * Finalizes the run as interrupted, unless it was finalized. Streams of artifacts
   * that are still open are cancelled.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finalized) {
      await this.#finalized.catch(() => {}); // Its caller was told.
      return;
    }
    this.#stopStreams.abort(
      new ArtifactError(
        "RUN_CLOSED",
        `Cannot write more of the artifact: run "${this.run_id}" was disposed`,
      ),
    );
    await (this.#finalized = this.#finalize("interrupted"));
  }

  async #finalize(status: Summary["status"]): Promise<Summary> {
    let summary: Summary | undefined;
    try {
      while (this.#underWay.size > 0) {
        await Promise.allSettled(this.#underWay);
      }
      await this.#logs.synced();
      summary = await this.#writeSummary(status);
      return summary;
    } finally {
      await this.#release(summary !== undefined);
    }
  }

  async #writeSummary(status: Summary["status"]): Promise<Summary> {
    const { summary: path, started } = this.#paths;
    await this.#failure.guard(path, () => this.#lock.assertHeld());
    const incomplete = this.#inFlight + this.#numbering.waiting;
    await this.#logs.closeStarts();
    await this.#failure.guard(
      started,
      () => keepIncompleteStarts(this.#fs, started, this.#tally.completed),
    );
    // Of a resumed run, the files of before were not seen.
    const artifacts = this.resumed ? undefined : this.#artifacts.seal();
    const summary = this.#tally.summary(
      this.manifest,
      status,
      timestamp(),
      incomplete,
      await this.#failure.guard(
        this.path,
        () => sealRun(this.#fs, this.#paths, artifacts),
      ),
    );
    await this.#failure.guard(
      path,
      () => writeAtomically(this.#fs, path, prettyJson(summary)),
    );
    return summary;
  }

  /**
   * Closes the files and gives up the lock, also where the run has failed.
   *
   * @param isDurable Whether all is durable: what fails now costs nothing.
   */
  async #release(isDurable: boolean): Promise<void> {
    const closed = await Promise.allSettled([
      ...this.#logs.close(),
      this.#lock.release(),
    ]);
    for (const result of closed) {
      if (result.status === "fulfilled") continue;
      if (!isDurable) throw this.#failure.fail(this.path, result.reason);
      console.warn(
        `The run at "${this.path}" is finalized, and not all could be cleaned up: ${
          thrownText(result.reason)
        }`,
      );
    }
  }

  #assertOpen(): void {
    if (this.#failure.error) throw this.#failure.error;
    if (!this.#finalized) return;
    throw new ArtifactError(
      "RUN_CLOSED",
      `Cannot record more of run "${this.run_id}": it was finalized`,
    );
  }

  #append<R extends RecordIds>(log: RecordLog<R>, record: R): Promise<void> {
    try {
      this.#assertOpen();
      return log.append(record);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #queuedBytes(): number {
    return this.#reservedBytes + this.#logs.queuedBytes;
  }

  #reserve(bytes: number): () => void {
    const most = this.#limits.queueBytesMax;
    // With what files hold: there, a line that was held is not refused again.
    const waiting = this.#queuedBytes();
    if (waiting > 0 && waiting + bytes > most) {
      throw new ArtifactError(
        "QUEUE_FULL",
        `Cannot record more of run "${this.run_id}": ${waiting} bytes of artifacts and records wait to be written already: await the promises of steps and artifacts`,
      );
    }
    this.#reservedBytes += bytes;
    return () => this.#reservedBytes -= bytes;
  }

  #track(work: Promise<unknown>): void {
    this.#underWay.add(work);
    work.then(() => this.#underWay.delete(work));
  }
}

/** What was in flight, in the order of the ids. */
export function instancesInFlight(scan: RunScan): InstanceInFlight[] {
  return [...scan.inFlight].sort(([a], [b]) => a < b ? -1 : 1)
    .map(([instance_id, { start }]) => ({
      instance_id,
      instance_key: start?.instance_key ?? null,
      scenario_id: start?.scenario_id ?? null,
      entry_data: start?.entry_data ?? {},
    }));
}
