/**
 * The JSONL files of a run while it is recorded.
 *
 * An instance line is a commit record: it is written only after every step and
 * assertion that was appended before it, and every start, has reached the level of
 * durability of the run; and these are written only after the starts before them.
 * Both rules are the `beforeWrite` of the logs here.
 *
 * @module
 */
import { ASSERTION, type AssertionRecord } from "../format/assertion_record.ts";
import { INSTANCE, type InstanceRecord } from "../format/instance_record.ts";
import type { RunPaths } from "../format/layout.ts";
import type { Durability } from "../format/manifest.ts";
import { START, type StartRecord } from "../format/start_record.ts";
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
  /** `started.jsonl` */
  started: FileHandle;
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
  /** Throws where this writer has lost its run. */
  fence: () => void | Promise<void>;
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
  /** Takes starts of instances. */
  readonly starts: RecordLog<StartRecord>;
  /** Takes instances. */
  readonly instances: RecordLog<InstanceRecord>;
  readonly #logs: { [name in keyof RunFiles]: AppendLog };
  readonly #failure: RunFailure;
  readonly #paths: RunPaths;
  #startsAreOpen = true;

  /** Takes over the handles, which {@linkcode RunLogs.close} closes. */
  constructor(options: RunLogsOptions) {
    const { files, paths, durability, tally, limits, failure } = options;
    this.#failure = failure;
    this.#paths = paths;
    const log = (
      name: keyof RunFiles,
      acknowledge: "written" | "durable",
      beforeWrite?: () => Promise<void> | undefined,
    ) =>
      new AppendLog(files[name], {
        file: paths[name],
        acknowledge,
        queueBytesMax: limits.queueBytesMax,
        failure,
        // Of the others nothing is acknowledged by a sync.
        fence: acknowledge === "durable" ? options.fence : undefined,
        ...(beforeWrite && { beforeWrite }),
      });
    const acknowledge = durability === "record" ? "durable" : "written";
    const afterStarts = () => this.#flushStarts(durability === "record");
    this.#logs = {
      started: log("started", acknowledge),
      steps: log("steps", acknowledge, afterStarts),
      assertions: log("assertions", acknowledge, afterStarts),
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
      log: this.#logs.steps,
      counted({ instance_id, observation: { ok, latency_ms } }) {
        const counted = { instance_id, observation: { ok, latency_ms } };
        return () => tally.addStep(counted);
      },
    });
    this.assertions = new RecordLog({
      ...common,
      kind: ASSERTION,
      log: this.#logs.assertions,
      counted({ passed }) {
        return () => tally.addAssertion({ passed });
      },
    });
    this.instances = new RecordLog({
      ...common,
      kind: INSTANCE,
      log: this.#logs.instances,
      counted({ instance_id, scenario_id, retry_of, passed, error }) {
        const counted = { instance_id, scenario_id, retry_of, passed, error };
        return () => tally.addInstance(counted);
      },
    });
    this.starts = new RecordLog({
      ...common,
      kind: START,
      log: this.#logs.started,
      counted: () => () => {}, // Its instance counts when it completes.
    });
  }

  /** Text that is accepted and not yet written, in UTF-16 code units. */
  get queuedBytes(): number {
    const { started, steps, assertions, instances } = this.#logs;
    return started.queuedBytes + steps.queuedBytes + assertions.queuedBytes +
      instances.queuedBytes;
  }

  /**
   * Waits until all starts, steps and assertions appended so far are written or
   * durable.
   */
  async flushRecords(durable: boolean): Promise<void> {
    const { started, steps, assertions } = this.#logs;
    await Promise.all(
      [started, steps, assertions].map((log) =>
        durable ? log.synced() : log.written()
      ),
    );
  }

  /** Waits for the starts appended so far; undefined where none waits. */
  #flushStarts(durable: boolean): Promise<void> | undefined {
    const { started } = this.#logs;
    if (durable) return started.isSynced ? undefined : started.synced();
    return started.isWritten ? undefined : started.written();
  }

  /** Waits until everything appended so far is durable. */
  async synced(): Promise<void> {
    await this.flushRecords(true);
    await this.#logs.instances.synced();
  }

  /** Closes the file of starts, which may be replaced then. */
  async closeStarts(): Promise<void> {
    this.#startsAreOpen = false;
    await this.#failure.guard(
      this.#paths.started,
      () => this.#logs.started.close(),
    );
  }

  /** Closes the files, also where the run has failed. */
  close(): Promise<void>[] {
    const { started, ...others } = this.#logs;
    const open = [...Object.values(others)];
    if (this.#startsAreOpen) open.push(started);
    return open.map((log) => log.close());
  }
}
