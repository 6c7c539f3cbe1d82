/**
 * Records a run.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { RecordIds } from "../format/record_kind.ts";
import type {
  AssertionRecord,
  InstanceInput,
  InstanceRecord,
  Manifest,
  StepRecord,
  Summary,
} from "../format/records.ts";
import { assertFunction } from "./assert_function.ts";
import { assertInstanceInput } from "./instance_input.ts";
import { InstanceWriter } from "./instance_writer.ts";
import type { RecordLog } from "./record_log.ts";
import { noteOpenRun } from "./open_runs.ts";
import { recordSink } from "./record_sink.ts";
import { type ResumedState, resumedState } from "./resumed_state.ts";
import { releaseRun, writeSummary } from "./run_end.ts";
import { type RunParts, runParts, type RunWriterDeps } from "./run_parts.ts";
import type { RunStats } from "./run_stats.ts";

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

  readonly #parts: RunParts;
  readonly #noteFinalized: () => void;
  #inFlight = 0;
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
  constructor(deps: RunWriterDeps) {
    this.#parts = runParts(deps);
    this.manifest = this.#parts.manifest;
    this.path = this.#parts.path;
    this.resumed = deps.resumed ? resumedState(deps.resumed) : null;
    this.#noteFinalized = noteOpenRun(
      this,
      this.path,
      this.#parts.logs,
      deps.lock,
      this.#parts.failure,
    );
  }

  /** Id of the run. */
  get run_id(): string {
    return this.manifest.run_id;
  }

  /** Live totals: what was recorded so far. */
  get stats(): RunStats {
    const { tally, queue } = this.#parts;
    return {
      ...tally.totals(),
      instancesRetried: tally.retriedCount,
      instancesInFlight: this.#inFlight,
      queuedBytes: queue.bytes,
    };
  }

  /**
   * Starts an instance. Ids count up in the order of starting.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.complete();
   * console.log(instance.instance_id); // inst_001
   * ```
   *
   * @throws {ArtifactError} `RUN_CLOSED`, `INVALID_RECORD`, `WRITE_FAILED`
   */
  startInstance(input: InstanceInput): InstanceWriter {
    this.#assertOpen();
    assertInstanceInput(input, { run_id: this.run_id });
    const { artifacts, redactor, requests, logs, queue, numbering } =
      this.#parts;
    const { currentStep, held } = this.#parts;
    const instance = new InstanceWriter(
      {
        run_id: this.run_id,
        nonce: this.manifest.nonce,
        artifacts,
        redactor,
        requests,
        held,
        logs,
        assertOpen: () => this.#assertOpen(),
        reserve: (bytes) => queue.reserve(bytes),
        track: (work) => queue.track(work),
        onCompleted: () => this.#inFlight--,
        inStep: (step, work) =>
          currentStep ? currentStep.run(step, work) : work(),
      },
      numbering.next(input),
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
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const ids = {
   *   run_id: run.run_id,
   *   instance_id: "inst_001",
   *   correlation_id: "0af7651916cd43dd8448eb211c80319c",
   * };
   * await run.appendStep({
   *   ...ids,
   *   step_index: 0,
   *   step_name: "pay",
   *   step_type: "http",
   *   span_id: "00f067aa0ba902b7",
   *   timestamp: new Date().toISOString(),
   *   observation: { ok: true, latency_ms: 12.5 },
   *   artifacts: [],
   * });
   * ```
   *
   * @returns Resolves when its line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD` (nothing is written, and the next
   * append works), `RUN_CLOSED`, `QUEUE_FULL`, `WRITE_FAILED`
   */
  appendStep(record: StepRecord): Promise<void> {
    return this.#append(this.#parts.logs.steps, record);
  }

  /**
   * Appends a whole assertion record.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const ids = {
   *   run_id: run.run_id,
   *   instance_id: "inst_001",
   *   correlation_id: "0af7651916cd43dd8448eb211c80319c",
   * };
   * await run.appendAssertion({
   *   ...ids,
   *   step_index: null,
   *   assertion_name: "paid",
   *   passed: false,
   *   expected: true,
   *   actual: false,
   *   message: "the balance is still open",
   *   timestamp: new Date().toISOString(),
   * });
   * ```
   *
   * @returns Resolves when its line is written (`"record"`: durable).
   * @throws {ArtifactError} as {@linkcode RunWriter.appendStep}
   */
  appendAssertion(record: AssertionRecord): Promise<void> {
    return this.#append(this.#parts.logs.assertions, record);
  }

  /**
   * Appends a whole instance record, after every step and assertion that was
   * appended before it.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const ids = {
   *   run_id: run.run_id,
   *   instance_id: "inst_001",
   *   correlation_id: "0af7651916cd43dd8448eb211c80319c",
   * };
   * await run.appendInstance({
   *   ...ids,
   *   scenario_id: "checkout",
   *   instance_key: null,
   *   retry_of: null,
   *   started_at: new Date().toISOString(),
   *   completed_at: new Date().toISOString(),
   *   duration_ms: 0,
   *   passed: true,
   *   entry_data: {},
   *   error: null,
   * });
   * console.log((await run.finalize()).pass_count); // 1
   * ```
   *
   * @returns Resolves when its line, and before it theirs, is durable (`"os"`:
   * written).
   * @throws {ArtifactError} as {@linkcode RunWriter.appendStep}
   */
  appendInstance(record: InstanceRecord): Promise<void> {
    return this.#append(this.#parts.logs.instances, record);
  }

  /**
   * Instance records as a stream to `pipeTo`: a write is accepted, `close()` is
   * durable. One stream per run.
   */
  get instances(): WritableStream<InstanceRecord> {
    return this.#streams.instances ??= this.#sink(this.#parts.logs.instances);
  }

  /** Step records as a stream; see {@linkcode RunWriter.instances}. */
  get steps(): WritableStream<StepRecord> {
    return this.#streams.steps ??= this.#sink(this.#parts.logs.steps);
  }

  /** Assertion records as a stream; see {@linkcode RunWriter.instances}. */
  get assertions(): WritableStream<AssertionRecord> {
    return this.#streams.assertions ??= this.#sink(this.#parts.logs.assertions);
  }

  /**
   * Ends the run: takes no more records, syncs all there are, and writes the
   * summary. Called again, it gives the same summary.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * run.startInstance({ scenario_id: "checkout" }); // Never completed.
   * const { total_instances, incomplete_count } = await run.finalize();
   * console.log(total_instances, incomplete_count); // 0 1
   * ```
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
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * let path: string;
   * {
   *   await using run = await createRun({ sut_name: "ecommerce" });
   *   path = run.path;
   * } // Left without finalize(), as when something throws.
   * console.log((await openRun(path)).state); // interrupted
   * ```
   */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#finalized) {
      await this.#finalized.catch(() => {}); // Reported to its caller.
      return;
    }
    this.#parts.stopStreams.abort(
      new ArtifactError(
        "RUN_CLOSED",
        `Cannot write more of the artifact: run "${this.run_id}" was disposed`,
      ),
    );
    await (this.#finalized = this.#finalize("interrupted"));
  }

  async #finalize(status: Summary["status"]): Promise<Summary> {
    this.#noteFinalized();
    const { queue, held, logs, numbering } = this.#parts;
    let summary: Summary | undefined;
    try {
      held.keepAll();
      await queue.settled();
      await logs.synced();
      const incomplete = this.#inFlight + numbering.waiting;
      summary = await writeSummary(this.#parts, status, incomplete);
      return summary;
    } finally {
      await releaseRun(this.#parts, summary !== undefined);
    }
  }

  #sink<R extends RecordIds>(log: RecordLog<R>): WritableStream<R> {
    return recordSink(log, this.#parts.failure, () => this.#assertOpen());
  }

  #assertOpen(): void {
    if (this.#parts.failure.error) throw this.#parts.failure.error;
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
}
