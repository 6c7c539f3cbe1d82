/**
 * The three JSONL files of a run while it is recorded.
 *
 * An instance line is a commit record: it is written only after every step and
 * assertion that was appended before it has reached the level of durability of
 * the run. That rule is the `beforeWrite` of the instances' log here.
 *
 * @module
 */
import { ASSERTION, type AssertionRecord } from "../format/assertion_record.ts";
import { INSTANCE, type InstanceRecord } from "../format/instance_record.ts";
import type { RunPaths } from "../format/layout.ts";
import type { Durability } from "../format/manifest.ts";
import { STEP, type StepRecord } from "../format/step_record.ts";
import type { Tally } from "../format/tally.ts";
import type { Redactor } from "../redact/redactor.ts";
import { AppendLog } from "../storage/append_log.ts";
import type { FileHandle } from "../storage/file_system.ts";
import type { RunFailure } from "../storage/run_failure.ts";
import type { RunLimits } from "./limits.ts";
import { RecordLog } from "./record_log.ts";

/** The JSONL files of a run, open for writing. */
export interface RunFiles {
  /** `instances.jsonl` */
  instances: FileHandle;
  /** `steps.jsonl` */
  steps: FileHandle;
  /** `assertions.jsonl` */
  assertions: FileHandle;
}

/** What {@linkcode RunLogs} need of their run. */
export interface RunLogsOptions {
  /** The open files. */
  files: RunFiles;
  /** Where they are, for messages. */
  paths: RunPaths;
  /** Id of the run. */
  run_id: string;
  /** When an append is acknowledged. */
  durability: Durability;
  /** Counts what is appended. */
  tally: Tally;
  /** Takes secrets out of what is recorded. */
  redactor: Redactor | undefined;
  /** Bounds of records and queues. */
  limits: Required<RunLimits>;
  /** Shared by all files of the run. */
  failure: RunFailure;
}

/** The logs of a run, and what concerns all of them. */
export class RunLogs {
  /** Takes steps. */
  readonly steps: RecordLog<StepRecord>;
  /** Takes assertions. */
  readonly assertions: RecordLog<AssertionRecord>;
  /** Takes instances. */
  readonly instances: RecordLog<InstanceRecord>;
  readonly #logs: { [name in keyof RunFiles]: AppendLog };
  readonly #failure: RunFailure;
  readonly #paths: RunPaths;

  /** Takes over the handles, which {@linkcode RunLogs.close} closes. */
  constructor(options: RunLogsOptions) {
    const { files, paths, durability, tally, limits, failure } = options;
    this.#failure = failure;
    this.#paths = paths;
    const log = (
      name: keyof RunFiles,
      acknowledge: "written" | "durable",
      beforeWrite?: () => Promise<void>,
    ) =>
      new AppendLog(files[name], {
        file: paths[name],
        acknowledge,
        queueBytesMax: limits.queueBytesMax,
        failure,
        ...(beforeWrite && { beforeWrite }),
      });
    const acknowledge = durability === "record" ? "durable" : "written";
    this.#logs = {
      steps: log("steps", acknowledge),
      assertions: log("assertions", acknowledge),
      instances: log(
        "instances",
        durability === "os" ? "written" : "durable",
        () => this.flushRecords(durability !== "os"),
      ),
    };
    const { run_id, redactor } = options;
    const common = {
      run_id,
      redactor,
      recordBytesMax: limits.recordBytesMax,
    };
    this.steps = new RecordLog({
      ...common,
      kind: STEP,
      file: paths.steps,
      log: this.#logs.steps,
      counted({ observation: { latency_ms } }) {
        return () => tally.addStep({ observation: { latency_ms } });
      },
    });
    this.assertions = new RecordLog({
      ...common,
      kind: ASSERTION,
      file: paths.assertions,
      log: this.#logs.assertions,
      counted({ passed }) {
        return () => tally.addAssertion({ passed });
      },
    });
    this.instances = new RecordLog({
      ...common,
      kind: INSTANCE,
      file: paths.instances,
      log: this.#logs.instances,
      counted({ scenario_id, passed, error }) {
        return () => tally.addInstance({ scenario_id, passed, error });
      },
    });
  }

  /** Text that is accepted and not yet written, in UTF-16 code units. */
  get queuedBytes(): number {
    return this.#logs.steps.queuedBytes + this.#logs.assertions.queuedBytes +
      this.#logs.instances.queuedBytes;
  }

  /** Waits until all steps and assertions appended so far are written or durable. */
  async flushRecords(durable: boolean): Promise<void> {
    const files = [this.#logs.steps, this.#logs.assertions];
    await Promise.all(
      files.map((file) => durable ? file.synced() : file.written()),
    );
  }

  /** Waits until everything appended so far is durable. */
  async synced(): Promise<void> {
    await this.flushRecords(true);
    await this.#logs.instances.synced();
  }

  /** Closes the files, also where the run has failed. */
  close(): Promise<void>[] {
    return Object.values(this.#logs).map((log) =>
      this.#failure.guard(this.#paths.run, () => log.close())
    );
  }
}
