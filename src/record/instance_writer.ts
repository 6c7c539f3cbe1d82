/**
 * Records one execution of one scenario.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import {
  type CorrelationHeaders,
  correlationHeaders,
} from "../format/correlation.ts";
import type {
  AssertionInput,
  InstanceInput,
  StepInput,
  StepStart,
} from "../format/records.ts";
import { toErrorFields } from "../json/typed_value.ts";
import type { ArtifactData } from "./artifact_content.ts";
import { assertFunction, optionsBehind } from "./assert_function.ts";
import { recordAssertion } from "./record_assertion.ts";
import type { InstanceContext } from "./instance_context.ts";
import { Evidence } from "./evidence.ts";
import { InstanceFiles } from "./instance_files.ts";
import {
  assertCompletionInput,
  assertStepOptions,
  type CompletionInput,
  type StepOptions,
} from "./instance_input.ts";
import type { InstancePlace } from "./instance_numbering.ts";
import { InstanceStart } from "./instance_start.ts";
import { InstanceSteps } from "./instance_steps.ts";
import { readFailure } from "./invalid_record.ts";
import type { RunContext } from "./run_context.ts";
import type { RunningStep } from "./running_step.ts";
import type {
  AssertionDetails,
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
  readonly #start: InstanceStart;
  readonly #files: InstanceFiles;
  readonly #evidence = new Evidence();
  readonly #context: InstanceContext;
  readonly #steps: InstanceSteps;
  #completed = false;

  /**
   * Made by {@linkcode RunWriter.startInstance}.
   * @internal
   */
  constructor(
    run: RunContext,
    place: InstancePlace,
    input: InstanceInput,
  ) {
    this.#run = run;
    this.#start = new InstanceStart(run, place, input);
    const { ids, record } = this.#start;
    const { instance_id, correlation_id } = record;
    this.instance_id = instance_id;
    this.correlation_id = correlation_id;
    this.#files = new InstanceFiles(run, instance_id);
    this.#context = {
      run,
      instance_id,
      ids,
      files: this.#files,
      evidence: this.#evidence,
      assertOpen: () => this.#assertOpen(),
      assertion: (input) => this.#assertion(input),
    };
    this.#steps = new InstanceSteps(this.#context);
    // Awaited by the logs of steps and assertions, which write after it. Its
    // failure is the run's.
    this.#files.record(run.logs.starts, record, "ready").catch(() => {});
  }

  /**
   * Headers to send to the system under test, so that its logs and traces can
   * be searched for this instance: `x-correlation-id` and `traceparent`
   * (https://www.w3.org/TR/trace-context/#traceparent-header).
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await fetch("data:,pong", { headers: { ...instance.headers() } });
   * await instance.complete();
   * ```
   */
  headers(): CorrelationHeaders {
    return correlationHeaders(this.#start.ids);
  }

  /**
   * Starts a step, which takes its number now: so steps side by side are numbered
   * alike in every run, however they end.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * const [search, stock] = ["search", "stock"].map((step_name) =>
   *   instance.startStep({ step_name, step_type: "http" })
   * );
   * await Promise.all([stock?.end({ observation: { ok: true } }), search?.end()]);
   * await instance.complete();
   * console.log(search?.step_index, stock?.step_index); // 0 1
   * ```
   *
   * @throws {ArtifactError} `INVALID_RECORD`, `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`
   */
  startStep(input: StepStart): StepWriter {
    this.#assertOpen();
    return this.#steps.start(input);
  }

  /**
   * Records a step, after the files of its request and response.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * const step = await instance.step({
   *   step_name: "pay",
   *   step_type: "http",
   *   observation: { ok: true, status_code: 201, latency_ms: 12.5 },
   *   request: { method: "POST", url: "/payments" },
   * });
   * step.assertEquals("status", 201, 201);
   * await instance.complete();
   * ```
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
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   const retried = { step_name: "pay", retries: 2, timeoutMs: 5_000 };
   *   const total = await instance.step(retried, () => 17);
   *   instance.assert("total", total === 17, { actual: total });
   * });
   * ```
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
    behind?: unknown,
  ): Promise<T | StepHandle> {
    try {
      this.#assertOpen();
      if (behind !== undefined) throw optionsBehind(this.#place());
      if (fn === undefined && typeof input !== "string") {
        return this.#steps.record(input as StepInput);
      }
      const call = "step(name, async (step) => { … })";
      assertFunction("step", fn, call, this.#place());
      const isName = typeof input === "string";
      const options = isName ? { step_name: input } : input;
      // Of a name alone only its text can be wrong: the usual form needs no schema.
      if (!isName || input === "") assertStepOptions(options, this.#place());
      return this.#steps.run(options, fn);
    } catch (error) {
      return Promise.reject(readFailure("step", error, this.#place()));
    }
  }

  /**
   * Records an assertion. One that did not pass fails the instance from here on,
   * whatever becomes of its record.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.assertion({
   *   assertion_name: "stock",
   *   passed: false,
   *   expected: 3,
   *   actual: 2,
   *   message: "an item was sold twice",
   * });
   * await instance.complete();
   * console.log((await run.finalize()).fail_count); // 1
   * ```
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
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * instance.assert("no duplicates", new Set([1, 2]).size === 2);
   * await instance.complete();
   * ```
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
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * const path = await instance.artifact("page.html", "<h1>Thank you</h1>");
   * console.log(path); // artifacts/inst_001/page.html
   * await instance.complete();
   * ```
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
      return this.#files.write(name, data, this.#place());
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Records the instance itself, after everything that was recorded of it. A step
   * that has not ended is recorded as not ended.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.complete({ error: new Error("the shop is closed") });
   * const { fail_count, error_count } = await run.finalize();
   * console.log(fail_count, error_count); // 1 1
   * ```
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
      return Promise.reject(readFailure("instance", error, this.#place()));
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
      // The caller gets what was thrown; every later call reports a failed write.
      const given = { error: error ?? String(error) }; // Undefined is thrown too.
      if (!this.#completed) await this.complete(given).catch(() => {});
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
    this.#steps.endOpen();
    const record = this.#start.completed(
      passed === undefined ? this.#evidence.verdict(fields !== null) : passed,
      fields,
    );
    const { instances } = this.#run.logs;
    const acknowledged = this.#files.recordEnd(instances, record);
    this.#files.forgetSecrets();
    this.#completed = true;
    this.#run.onCompleted();
    return acknowledged;
  }

  #assertion(input: AssertionInput): Promise<void> {
    return recordAssertion(this.#context, input, this.#steps.latest);
  }

  #assertOpen(): void {
    this.#run.assertOpen();
    if (!this.#completed) return;
    throw new ArtifactError(
      "INSTANCE_CLOSED",
      `Cannot record more of "${this.#start.record.instance_id}" in run "${this.#run.run_id}": it was completed`,
    );
  }

  #place(): { run_id: string; instance_id: string } {
    const { run_id, instance_id } = this.#start.record;
    return { run_id, instance_id };
  }
}
