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
import { ArtifactError } from "../errors.ts";
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
  /** Digits of instance ids. */
  instanceIdWidth: number;
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
  instancesInFlight: string[];
}

/** Live totals of a run. */
export interface RunStats extends RunTotals {
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
  /** Path of the run directory. */
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
    this.path = paths.run;
    this.#fs = fs;
    this.#paths = paths;
    this.#lock = parts.lock;
    const { resumed } = parts;
    this.#numbering = new InstanceNumbering(parts.instanceIdWidth, resumed);
    this.#tally = resumed?.tally ?? new Tally(manifest.scenario_ids);
    this.resumed = resumed
      ? {
        completed: resumed.completed,
        instancesInFlight: [...resumed.inFlight.keys()].sort(),
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
      failure: this.#failure,
    });
    this.#artifacts = new ArtifactWriter(
      fs,
      paths.run,
      parts.syncArtifacts,
      this.#failure,
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
    assertInstanceInput(input);
    const place = this.#numbering.next(input);
    const instance = new InstanceWriter(
      {
        run_id: this.run_id,
        seed: this.manifest.seed,
        artifacts: this.#artifacts,
        redactor: this.#redactor,
        logs: this.#logs,
        assertOpen: () => this.#assertOpen(),
        reserve: (bytes) => this.#reserve(bytes),
        track: (work) => this.#track(work),
        onCompleted: () => this.#inFlight--,
      },
      place,
      input,
    );
    this.#inFlight++;
    return instance;
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
   * @returns The summary, durable.
   * @throws {ArtifactError} `WRITE_FAILED`
   */
  finalize(): Promise<Summary> {
    return this.#finalized ??= this.#finalize("completed");
  }

  /** Finalizes the run as interrupted, unless it was finalized. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finalized) {
      await this.#finalized.catch(() => {}); // Its caller was told.
      return;
    }
    await (this.#finalized = this.#finalize("interrupted"));
  }

  async #finalize(status: Summary["status"]): Promise<Summary> {
    try {
      while (this.#underWay.size > 0) {
        await Promise.allSettled(this.#underWay);
      }
      await this.#logs.synced();
      const summary = this.#tally.summary(this.manifest, status, timestamp());
      const { summary: path } = this.#paths;
      await this.#failure.guard(
        path,
        () => writeAtomically(this.#fs, path, prettyJson(summary)),
      );
      return summary;
    } finally {
      await this.#release();
    }
  }

  /** Closes the files and gives up the lock, also where the run has failed. */
  async #release(): Promise<void> {
    const closed = await Promise.allSettled([
      ...this.#logs.close(),
      this.#failure.guard(this.#paths.run, () => this.#lock.release()),
    ]);
    for (const result of closed) {
      if (result.status === "rejected") throw result.reason;
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
