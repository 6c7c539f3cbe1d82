/**
 * Records one execution of one scenario.
 *
 * @module
 */
import {
  type ArtifactData,
  prepareArtifact,
  type PreparedArtifact,
  prepareStepArtifact,
} from "./artifact_content.ts";
import type { ArtifactWriter } from "./artifact_writer.ts";
import type { RecordIds } from "../format/record_kind.ts";
import { OrderedWrites, type WriteRoom } from "./ordered_writes.ts";
import type { RunLogs } from "./run_logs.ts";
import { roundMs, timestamp } from "../format/timestamp.ts";
import {
  correlate,
  type Correlation,
  type CorrelationHeaders,
  correlationHeaders,
} from "../format/correlation.ts";
import { ArtifactError } from "../errors.ts";
import {
  assertAssertionInput,
  assertCompletionInput,
  type AssertionInput,
  assertStepInput,
  type CompletionInput,
  type StepInput,
} from "./instance_input.ts";
import { invalidRecord, unreadable } from "./invalid_record.ts";
import type { InstancePlace } from "./instance_numbering.ts";
import { caseFolded, isSafeName } from "../format/names.ts";
import type { JsonObject } from "../json/value.ts";
import { artifactPath } from "../format/layout.ts";
import type { RecordLog } from "./record_log.ts";
import type { Redactor } from "../redact/redactor.ts";
import {
  type InstanceInput,
  type Seed,
  type StepRecord,
} from "../format/records.ts";

/** What an instance needs of its run. */
export interface RunContext extends WriteRoom {
  /** Id of the run. */
  readonly run_id: string;
  /** Seed of the run. */
  readonly seed: Seed;
  /** Where its artifacts go. */
  readonly artifacts: ArtifactWriter;
  /** Take its records. */
  readonly logs: RunLogs;
  /** Takes secrets out of what it records. */
  readonly redactor: Redactor | undefined;
  /** Throws where the run takes no more. */
  assertOpen(): void;
  /** Hears that an instance was completed. */
  onCompleted(): void;
}

/**
 * Records one instance. Steps, assertions and artifacts may be given without
 * awaiting each: they are recorded in the order of the calls, and `complete`
 * waits for all of them.
 */
export class InstanceWriter {
  /** Id within the run, such as `"inst_001"`. */
  readonly instance_id: string;
  /** The id to send to the system under test: 32 hex digits. */
  readonly correlation_id: string;

  readonly #run: RunContext;
  /** What goes into records is not checked again: no caller may change it. */
  readonly #instance_id: string;
  readonly #scenario_id: string;
  readonly #entry_data: JsonObject;
  readonly #ids: Correlation;
  readonly #started_at = timestamp();
  readonly #startMs = performance.now();
  #stepCount = 0;
  #failedAssertion = false;
  #completed = false;
  #dir: Promise<void> | undefined;
  readonly #artifactNames = new Set<string>();
  readonly #writes: OrderedWrites;

  /**
   * Made by {@linkcode RunWriter.startInstance}.
   * @internal
   */
  constructor(
    run: RunContext,
    { instance_id, attempt }: InstancePlace,
    input: InstanceInput,
  ) {
    this.#run = run;
    this.#writes = new OrderedWrites(run);
    this.instance_id = this.#instance_id = instance_id;
    const { scenario_id, entry_data = {} } = input;
    this.#scenario_id = scenario_id;
    this.#entry_data = JSON.parse(JSON.stringify(entry_data));
    this.#ids = correlate(run.run_id, run.seed, instance_id, attempt);
    this.correlation_id = this.#ids.correlation_id;
  }

  /**
   * Headers to send to the system under test, so that its logs and traces can
   * be searched for this instance: `x-correlation-id` and `traceparent`
   * (https://www.w3.org/TR/trace-context/#traceparent-header).
   */
  headers(): CorrelationHeaders {
    return correlationHeaders(this.#ids);
  }

  /**
   * Records a step, after the files of its request and response.
   *
   * @returns Resolves when the line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD`, after which nothing is written and
   * the next step takes this one's place; `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`, `QUEUE_FULL`.
   */
  step(input: StepInput): Promise<void> {
    try {
      this.#assertOpen();
      assertStepInput(input);
      const step_index = this.#stepCount;
      const files = stepFiles(step_index, input, this.#run.redactor);
      const record: StepRecord = {
        instance_id: this.#instance_id,
        run_id: this.#run.run_id,
        correlation_id: this.#ids.correlation_id,
        step_index,
        step_name: input.step_name,
        step_type: input.step_type,
        timestamp: input.timestamp ?? timestamp(),
        observation: input.observation ?? {},
        artifacts: this.#artifactPaths(files, input.artifacts),
      };
      const acknowledged = this.#record(this.#run.logs.steps, record, files);
      // Only now: a step that the queue refuses takes no place.
      this.#stepCount++;
      return acknowledged;
    } catch (error) {
      return Promise.reject(unreadable("step", error));
    }
  }

  /**
   * Records an assertion.
   *
   * @returns Resolves when the line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD`, `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`, `QUEUE_FULL`.
   */
  assertion(input: AssertionInput): Promise<void> {
    try {
      this.#assertOpen();
      assertAssertionInput(input);
      const { passed } = input;
      const acknowledged = this.#record(this.#run.logs.assertions, {
        instance_id: this.#instance_id,
        run_id: this.#run.run_id,
        correlation_id: this.#ids.correlation_id,
        step_index: input.step_index === undefined
          ? this.#latestStep()
          : input.step_index,
        assertion_name: input.assertion_name,
        passed,
        expected: input.expected ?? null,
        actual: input.actual ?? null,
        message: input.message ?? "",
        timestamp: input.timestamp ?? timestamp(),
      });
      if (!passed) this.#failedAssertion = true;
      return acknowledged;
    } catch (error) {
      return Promise.reject(unreadable("assertion", error));
    }
  }

  /**
   * Writes raw data of the instance into a file of its own.
   *
   * @param name File name, such as `"page.png"`, new in this instance.
   * @returns Path of the file relative to the run directory: what a step may
   * list in `artifacts`.
   * @throws {ArtifactError} `UNSAFE_NAME`, `ARTIFACT_EXISTS`, `INVALID_RECORD`,
   * `INSTANCE_CLOSED`, `RUN_CLOSED`, `WRITE_FAILED`; and whatever a stream that
   * is given as `data` fails with.
   */
  async artifact(name: string, data: ArtifactData): Promise<string> {
    this.#assertOpen();
    const file = prepareArtifact(name, data, this.#run.redactor);
    const release = this.#claimName(name);
    try {
      return await this.#writes.enqueue(
        sizeOf([file]),
        () => this.#writeArtifact(file),
      );
    } catch (error) {
      release();
      throw error;
    }
  }

  /**
   * Records the instance itself, after everything that was recorded of it.
   *
   * @returns Resolves when the line, and before it every step and assertion of
   * the instance, is durable (`"os"`: written).
   * @throws {ArtifactError} `INVALID_RECORD`, after which it may be called again;
   * `INSTANCE_CLOSED`, `RUN_CLOSED`, `WRITE_FAILED`, `QUEUE_FULL`.
   */
  complete(input: CompletionInput = {}): Promise<void> {
    try {
      this.#assertOpen();
      assertCompletionInput(input);
      const { error = null } = input;
      const acknowledged = this.#record(this.#run.logs.instances, {
        instance_id: this.#instance_id,
        run_id: this.#run.run_id,
        correlation_id: this.#ids.correlation_id,
        scenario_id: this.#scenario_id,
        started_at: this.#started_at,
        completed_at: timestamp(),
        // A clock that was set back must not keep an instance from its end.
        duration_ms: roundMs(Math.max(0, performance.now() - this.#startMs)),
        passed: input.passed === undefined
          ? error === null && !this.#failedAssertion
          : input.passed,
        entry_data: this.#entry_data,
        error,
      });
      this.#completed = true;
      this.#run.onCompleted();
      return acknowledged;
    } catch (error) {
      return Promise.reject(unreadable("instance", error));
    }
  }

  #assertOpen(): void {
    this.#run.assertOpen();
    if (!this.#completed) return;
    throw new ArtifactError(
      "INSTANCE_CLOSED",
      `Cannot record more of "${this.#instance_id}": it was completed`,
    );
  }

  /** Two names that are one elsewhere: the run could not be copied there. */
  #claimName(name: string): () => void {
    const folded = caseFolded(name);
    if (this.#artifactNames.has(folded)) {
      throw new ArtifactError(
        "ARTIFACT_EXISTS",
        `Cannot write ${
          JSON.stringify(name)
        }: "${this.#instance_id}" has an artifact of that name, or of one that differs in case alone`,
      );
    }
    this.#artifactNames.add(folded);
    return () => this.#artifactNames.delete(folded);
  }

  #latestStep(): number | null {
    return this.#stepCount === 0 ? null : this.#stepCount - 1;
  }

  #artifactPaths(
    files: PreparedArtifact[],
    others: readonly string[] | undefined,
  ): string[] {
    const paths = files.map(({ name }) =>
      artifactPath(this.#instance_id, name)
    );
    if (others === undefined) return paths;
    if (!Array.isArray(others)) {
      throw invalidRecord("step", {
        path: "artifacts",
        message: "must be an array of paths",
      });
    }
    for (const path of others) {
      if (!isPathOf(this.#instance_id, path)) {
        throw invalidRecord("step", {
          path: "artifacts",
          message:
            `must hold paths that artifact() of "${this.#instance_id}" gave, not ${
              typeof path === "string"
                ? JSON.stringify(path)
                : `a ${typeof path}`
            }`,
        });
      }
      paths.push(path);
    }
    return paths;
  }

  async #writeArtifact(file: PreparedArtifact): Promise<string> {
    await (this.#dir ??= this.#run.artifacts.makeInstanceDir(
      this.#instance_id,
    ));
    return await this.#run.artifacts.write(this.#instance_id, file);
  }

  /**
   * Appends a record after its files, and after what was recorded before it.
   *
   * @throws {ArtifactError} at once: `INVALID_RECORD`, `QUEUE_FULL`,
   * `WRITE_FAILED`
   */
  #record<R extends RecordIds>(
    log: RecordLog<R>,
    record: R,
    files: PreparedArtifact[] = [],
  ): Promise<void> {
    if (files.length === 0 && this.#writes.isIdle) {
      return log.append(record, "own");
    }
    const { bytes, append } = log.prepare(record, "own");
    const appended = this.#writes.enqueue(bytes + sizeOf(files), async () => {
      for (const file of files) await this.#writeArtifact(file);
      // In an object, so that the next one need not wait for the disk.
      return { acknowledged: append() };
    });
    return appended.then(({ acknowledged }) => acknowledged);
  }
}

/** What files keep in memory; a stream keeps nothing. */
function sizeOf(files: readonly PreparedArtifact[]): number {
  return files.reduce(
    (sum, { content }) =>
      sum + (content instanceof Uint8Array ? content.length : 0),
    0,
  );
}

function stepFiles(
  step_index: number,
  input: StepInput,
  redactor: Redactor | undefined,
): PreparedArtifact[] {
  const files: PreparedArtifact[] = [];
  for (const part of ["request", "response"] as const) {
    const value = input[part];
    if (value === undefined) continue;
    files.push(prepareStepArtifact(step_index, part, value, redactor));
  }
  return files;
}

function isPathOf(instance_id: string, path: string): boolean {
  const prefix = artifactPath(instance_id, "");
  return typeof path === "string" && path.startsWith(prefix) &&
    isSafeName(path.slice(prefix.length));
}
