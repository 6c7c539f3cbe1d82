/**
 * Records one execution of one scenario.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import {
  correlate,
  type Correlation,
  type CorrelationHeaders,
  correlationHeaders,
  stepSpanId,
} from "../format/correlation.ts";
import type { InstanceRecord } from "../format/instance_record.ts";
import type { RecordIds } from "../format/record_kind.ts";
import type { InstanceInput } from "../format/records.ts";
import type { StartRecord } from "../format/start_record.ts";
import { roundMs, timestamp, timestampAt } from "../format/timestamp.ts";
import { toErrorFields } from "../json/typed_value.ts";
import { type ArtifactData, prepareArtifact } from "./artifact_content.ts";
import { copyAsJson } from "./entry_data.ts";
import { Evidence } from "./evidence.ts";
import type { InstancePlace } from "./instance_numbering.ts";
import {
  assertAssertionInput,
  assertCompletionInput,
  type AssertionInput,
  assertStepInput,
  assertStepOptions,
  assertStepResult,
  assertStepStart,
  type CompletionInput,
  type StepInput,
  type StepOptions,
  type StepResult,
  type StepStart,
} from "./instance_input.ts";
import { invalidRecord, placeOf, unreadable } from "./invalid_record.ts";
import { InstanceFiles } from "./instance_files.ts";
import type { PreparedArtifact } from "./artifact_content.ts";
import type { RecordLog } from "./record_log.ts";
import type { RunContext } from "./run_context.ts";
import { unawaited } from "./unawaited.ts";
import { RunningStep } from "./running_step.ts";
import {
  type AssertionDetails,
  type StepFields,
  StepHandle,
  StepWriter,
} from "./step_writer.ts";

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
  /** The line that says that it was started: no caller may change it. */
  readonly #start: StartRecord;
  readonly #ids: Correlation;
  readonly #startMs = performance.now();
  /** Whether its start was given, and its own clock knows nothing of it. */
  readonly #startsBefore: boolean;
  readonly #files: InstanceFiles;
  readonly #evidence = new Evidence();
  /** Steps that were started and did not end. */
  readonly #openSteps = new Set<StepHandle>();
  readonly #context = {
    end: (step: StepHandle, result: StepResult) => this.#endStep(step, result),
    assertion: (input: AssertionInput) => this.#assertion(input),
    headers: (span_id: string) => correlationHeaders({ ...this.#ids, span_id }),
  };
  #stepCount = 0;
  #completed = false;

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
    const ids = correlate(run.nonce, instance_id, attempt);
    const { correlation_id = ids.correlation_id } = input;
    this.#ids = { ...ids, correlation_id };
    this.#start = {
      instance_id,
      run_id: run.run_id,
      correlation_id,
      scenario_id: input.scenario_id,
      instance_key: input.instance_key ?? null,
      retry_of: input.retry_of ?? null,
      started_at: input.started_at ?? timestamp(),
      entry_data: copyAsJson(input.entry_data ?? {}),
    };
    this.#startsBefore = input.started_at !== undefined;
    this.instance_id = instance_id;
    this.correlation_id = correlation_id;
    this.#files = new InstanceFiles(run, instance_id);
    // Awaited by the logs of steps and assertions, which write after it. Its
    // failure is the run's.
    this.#record(run.logs.starts, this.#start, "ready").catch(() => {});
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
   * Starts a step, which takes its number now: so steps side by side are numbered
   * alike in every run, however they end.
   *
   * @throws {ArtifactError} `INVALID_RECORD`, `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`
   */
  startStep(input: StepStart): StepWriter {
    this.#assertOpen();
    assertStepStart(input, this.#place());
    const step = new StepWriter(
      this.#context,
      this.#nextStep(input.step_name, input.timestamp ?? timestamp()),
      input.step_type,
    );
    this.#stepCount++;
    this.#openSteps.add(step);
    return step;
  }

  /**
   * Records a step, after the files of its request and response.
   *
   * @returns The step, when its line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD`, after which nothing is written and
   * the next step takes this one's place; `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`, `QUEUE_FULL`.
   */
  step(input: StepInput): Promise<StepHandle>;
  /**
   * Runs a function as a step: notes its time, whether it returned, what it threw,
   * and what it fetched by `step.fetch`.
   *
   * @param step Its name, or its name and options.
   * @returns What the function returns, when the step is written.
   * @throws What the function throws; and as above.
   */
  step<T>(
    step: string | StepOptions,
    fn: (step: RunningStep) => T | Promise<T>,
  ): Promise<T>;
  step<T>(
    input: string | StepOptions | StepInput,
    fn?: (step: RunningStep) => T | Promise<T>,
  ): Promise<T | StepHandle> {
    try {
      this.#assertOpen();
      if (fn === undefined && typeof input !== "string") {
        return this.#wholeStep(input as StepInput);
      }
      if (typeof fn !== "function") {
        throw invalidRecord("step", {
          path: "",
          message: `must have a function: step(${
            JSON.stringify(input)
          }, async (step) => { … })`,
        }, placeOf(this.#place()));
      }
      const options = typeof input === "string" ? { step_name: input } : input;
      assertStepOptions(options, this.#place());
      return this.#runStep(options, fn);
    } catch (error) {
      return Promise.reject(unreadable("step", error));
    }
  }

  /**
   * Records an assertion. One that did not pass fails the instance from here on,
   * whatever becomes of its record.
   *
   * @returns Resolves when the line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD`, `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`, `QUEUE_FULL`.
   */
  assertion(input: AssertionInput): Promise<void> {
    try {
      return this.#assertion(input);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Records whether a condition holds, about the instance as a whole.
   *
   * @returns The condition: nothing is thrown where it does not hold. A failed
   * write is reported by `complete()` and `finalize()`.
   * @throws {ArtifactError} at once, as {@linkcode InstanceWriter.assertion}, save
   * for `WRITE_FAILED`
   */
  assert(
    assertion_name: string,
    condition: boolean,
    details: AssertionDetails = {},
  ): boolean {
    const passed = condition === true;
    const input = { assertion_name, passed, ...details, step_index: null };
    this.#assertion(input).catch(() => {});
    return passed;
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
  artifact(name: string, data: ArtifactData): Promise<string> {
    try {
      this.#assertOpen();
      const file = prepareArtifact(name, data, this.#run.redactor);
      return this.#files.write(file);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Records the instance itself, after everything that was recorded of it. A step
   * that has not ended is recorded as not ended.
   *
   * @returns Resolves when the line, and before it every step and assertion of
   * the instance, is durable (`"os"`: written).
   * @throws {ArtifactError} `INVALID_RECORD`, after which it may be called again;
   * `INSTANCE_CLOSED`, `RUN_CLOSED`, `WRITE_FAILED`, `QUEUE_FULL`.
   */
  complete(input: CompletionInput = {}): Promise<void> {
    try {
      this.#assertOpen();
      assertCompletionInput(input, this.#place());
      return this.#complete(input);
    } catch (error) {
      return Promise.reject(unreadable("instance", error));
    }
  }

  /**
   * Runs the function of the instance to its end.
   *
   * @internal
   */
  async run<T>(fn: (instance: this) => T | Promise<T>): Promise<T> {
    let value: T;
    try {
      value = await fn(this);
    } catch (error) {
      // What it threw is what the caller has to hear; a failed write is heard
      // by everyone who records on.
      if (!this.#completed) await this.complete({ error }).catch(() => {});
      throw error;
    }
    this.#evidence.addReturn();
    if (!this.#completed) await this.complete();
    return value;
  }

  #complete({ passed, error }: CompletionInput): Promise<void> {
    const fields = error === undefined || error === null
      ? null
      : toErrorFields(error);
    for (const step of this.#openSteps) {
      const errors = [{ message: "The step did not end" }];
      this.#endStep(step, { observation: { ok: false, errors } })
        .catch(() => {}); // A failed write: the instance's line fails as well.
    }
    const { entry_data, ...start } = this.#start;
    const now = timestamp();
    const record: InstanceRecord = {
      ...start,
      // A clock that was set back must not end it before it began.
      completed_at: now < start.started_at ? start.started_at : now,
      duration_ms: this.#durationMs(),
      passed: passed === undefined
        ? this.#evidence.verdict(fields !== null)
        : passed,
      entry_data,
      error: fields,
    };
    const { instances } = this.#run.logs;
    const acknowledged = this.#record(instances, record, "ready");
    this.#completed = true;
    this.#run.onCompleted();
    return acknowledged;
  }

  /** A clock that was set back must not keep an instance from its end. */
  #durationMs(): number {
    const elapsedMs = this.#startsBefore
      ? Date.now() - Date.parse(this.#start.started_at)
      : performance.now() - this.#startMs;
    return roundMs(Math.max(0, elapsedMs));
  }

  #wholeStep(input: StepInput): Promise<StepHandle> {
    const at = { ...this.#place(), step_index: this.#stepCount };
    try {
      assertStepInput(input, at);
      const { latency_ms } = input.observation ?? {};
      const started = input.timestamp ?? timestampAt(latency_ms ?? 0);
      const step = new StepHandle(
        this.#context,
        this.#nextStep(input.step_name, started),
      );
      const acknowledged = this.#recordStep(step, input.step_type, input);
      // Only now: a step that is refused takes no place.
      this.#stepCount++;
      return unawaited(acknowledged.then(() => step));
    } catch (error) {
      if (saysNotOk(input)) this.#evidence.addLostStep();
      throw error;
    }
  }

  async #runStep<T>(
    options: StepOptions,
    fn: (step: RunningStep) => T | Promise<T>,
  ): Promise<T> {
    const step = new RunningStep(
      this.#context,
      this.#nextStep(options.step_name, timestamp()),
    );
    this.#stepCount++;
    this.#openSteps.add(step);
    const { outcome, step_type, result } = await this.#run.inStep(
      step,
      () => step.run(options, fn),
    );
    if (!this.#openSteps.delete(step)) {
      if ("error" in outcome) throw outcome.error;
      throw this.#ended(step);
    }
    const recorded = this.#recordStep(step, step_type, result);
    if ("error" in outcome) {
      await recorded.catch(() => {}); // What was thrown is what has to be heard.
      throw outcome.error;
    }
    await recorded;
    return outcome.value;
  }

  #nextStep(step_name: string, timestamp: string): StepFields {
    const step_index = this.#stepCount;
    const span_id = stepSpanId(this.#ids.span_id, step_index);
    return { step_index, step_name, span_id, timestamp };
  }

  #endStep(step: StepHandle, result: StepResult): Promise<void> {
    try {
      this.#assertOpen();
      if (!this.#openSteps.has(step)) throw this.#ended(step);
      const { step_index, step_name } = step;
      assertStepResult(result, { ...this.#place(), step_index, step_name });
      const step_type = step instanceof StepWriter
        ? step.step_type
        : "function";
      const acknowledged = this.#recordStep(step, step_type, result);
      this.#openSteps.delete(step);
      return acknowledged;
    } catch (error) {
      return Promise.reject(unreadable("step", error));
    }
  }

  /** @throws {ArtifactError} at once where the step is refused. */
  #recordStep(
    step: StepHandle,
    step_type: string,
    { observation = {}, request, response, artifacts }: StepResult,
  ): Promise<void> {
    const { step_index, step_name, span_id, timestamp } = step;
    const { redactor, run_id } = this.#run;
    const files = this.#files.ofStep(
      step_index,
      { request, response },
      redactor,
    );
    const record = {
      instance_id: this.#start.instance_id,
      run_id,
      correlation_id: this.#ids.correlation_id,
      step_index,
      step_name,
      step_type,
      span_id,
      timestamp,
      observation,
      artifacts: this.#files.paths(files, artifacts),
    };
    const { ok } = observation;
    const { steps } = this.#run.logs;
    const acknowledged = this.#record(steps, record, "own", files);
    this.#evidence.addStep(step_index, ok);
    return acknowledged;
  }

  #assertion(input: AssertionInput): Promise<void> {
    let step_index = this.#latestStep();
    try {
      this.#assertOpen();
      assertAssertionInput(input, this.#place());
      const { passed } = input;
      if (input.step_index !== undefined) step_index = input.step_index;
      this.#evidence.addAssertion(step_index, passed);
      return this.#record(this.#run.logs.assertions, {
        instance_id: this.#start.instance_id,
        run_id: this.#run.run_id,
        correlation_id: this.#ids.correlation_id,
        step_index,
        assertion_name: input.assertion_name,
        passed,
        expected: input.expected ?? null,
        actual: input.actual ?? null,
        message: input.message ?? "",
        timestamp: input.timestamp ?? timestamp(),
      }, "own");
    } catch (error) {
      if (saysNotPassed(input)) this.#evidence.addAssertion(null, false);
      throw unreadable("assertion", error);
    }
  }

  #assertOpen(): void {
    this.#run.assertOpen();
    if (!this.#completed) return;
    throw new ArtifactError(
      "INSTANCE_CLOSED",
      `Cannot record more of "${this.#start.instance_id}" in run "${this.#run.run_id}": it was completed`,
    );
  }

  #ended({ step_index, step_name }: StepHandle): ArtifactError {
    const at = placeOf({ ...this.#place(), step_index, step_name });
    return new ArtifactError(
      "STEP_CLOSED",
      `Cannot end the step${at}: it has ended, or its instance was completed`,
    );
  }

  #place(): { run_id: string; instance_id: string } {
    return {
      run_id: this.#run.run_id,
      instance_id: this.#start.instance_id,
    };
  }

  #latestStep(): number | null {
    return this.#stepCount === 0 ? null : this.#stepCount - 1;
  }

  /**
   * Appends a record after its files, and after what was recorded before it.
   *
   * @throws {ArtifactError} at once: `INVALID_RECORD`, `QUEUE_FULL`,
   * `WRITE_FAILED`
   */
  #record<R extends RecordIds>(
    log: RecordLog<R>,
    record: Record<keyof R, unknown>,
    source: "own" | "ready",
    files: PreparedArtifact[] = [],
  ): Promise<void> {
    return this.#files.record(log, record as unknown as R, source, files);
  }
}

/** Whether a step that was refused has failed; what cannot be read has. */
function saysNotOk(input: StepInput): boolean {
  try {
    return input?.observation?.ok === false;
  } catch {
    return true;
  }
}

/** Whether an assertion that was refused has failed; what cannot be read has. */
function saysNotPassed(input: AssertionInput): boolean {
  try {
    return input?.passed !== true;
  } catch {
    return true;
  }
}
