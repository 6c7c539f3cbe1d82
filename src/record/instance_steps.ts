/**
 * Numbers, opens, ends and records the steps of one instance.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { correlationHeaders, stepSpanId } from "../format/correlation.ts";
import { timestamp, timestampAt } from "../format/timestamp.ts";
import type { InstanceContext } from "./instance_context.ts";
import {
  assertStepInput,
  assertStepResult,
  assertStepStart,
  type StepInput,
  type StepOptions,
  type StepResult,
  type StepStart,
} from "./instance_input.ts";
import { placeOf, unreadable } from "./invalid_record.ts";
import { warnOfMisspeltFields } from "./observation_names.ts";
import { RunningStep } from "./running_step.ts";
import {
  type StepContext,
  type StepFields,
  StepHandle,
  StepWriter,
} from "./step_writer.ts";
import { unawaitedAfter } from "./unawaited.ts";

/** The steps of one instance. */
export class InstanceSteps {
  readonly #instance: InstanceContext;
  readonly #context: StepContext;
  /** Steps that were started and did not end. */
  readonly #open = new Set<StepHandle>();
  #count = 0;

  /** @param instance The instance that they belong to. */
  constructor(instance: InstanceContext) {
    this.#instance = instance;
    this.#context = {
      end: (step, result) => this.#end(step, result),
      assertion: (input) => instance.assertion(input),
      headers: (span_id) => correlationHeaders({ ...instance.ids, span_id }),
    };
  }

  /** The step that was numbered last; null where there is none. */
  get latest(): number | null {
    return this.#count === 0 ? null : this.#count - 1;
  }

  /**
   * Starts a step, which takes its number now.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  start(input: StepStart): StepWriter {
    assertStepStart(input, this.#place());
    const step = new StepWriter(
      this.#context,
      this.#next(input.step_name, input.timestamp ?? timestamp()),
      input.step_type,
    );
    this.#count++;
    this.#open.add(step);
    return step;
  }

  /**
   * Records a whole step.
   *
   * @throws {ArtifactError} at once where the step is refused.
   */
  record(input: StepInput): Promise<StepHandle> {
    const { run, instance_id } = this.#instance;
    const at = {
      run_id: run.run_id,
      instance_id,
      step_index: this.#count,
      step_name: input?.step_name,
    };
    try {
      assertStepInput(input, at);
      const { latency_ms } = input.observation ?? {};
      const started = input.timestamp ?? timestampAt(latency_ms ?? 0);
      const step = new StepHandle(
        this.#context,
        this.#next(input.step_name, started),
      );
      const acknowledged = this.#record(step, input.step_type, input);
      // Only now: a step that is refused takes no place.
      this.#count++;
      return unawaitedAfter(acknowledged, step);
    } catch (error) {
      this.#instance.evidence.addRefusedStep(input);
      throw error;
    }
  }

  /** Runs a function as a step. */
  async run<T>(
    options: StepOptions,
    fn: (step: RunningStep) => T | Promise<T>,
  ): Promise<T> {
    const step = new RunningStep(
      this.#context,
      this.#next(options.step_name, timestamp()),
    );
    this.#count++;
    this.#open.add(step);
    const { outcome, step_type, result } = await this.#instance.run.inStep(
      step,
      () => step.run(options, fn),
    );
    if (!this.#open.delete(step)) {
      if ("error" in outcome) throw outcome.error;
      throw this.#ended(step);
    }
    const recorded = this.#record(step, step_type, result);
    if ("error" in outcome) {
      await recorded.catch(() => {}); // What was thrown is what has to be heard.
      throw outcome.error;
    }
    await recorded;
    return outcome.value;
  }

  /** Records the steps that have not ended as not ended. */
  endOpen(): void {
    for (const step of this.#open) {
      const errors = [{ message: "The step did not end" }];
      this.#end(step, { observation: { ok: false, errors } })
        .catch(() => {}); // A failed write: the instance's line fails as well.
    }
  }

  #next(step_name: string, timestamp: string): StepFields {
    const step_index = this.#count;
    const span_id = stepSpanId(this.#instance.ids.span_id, step_index);
    return { step_index, step_name, span_id, timestamp };
  }

  #end(step: StepHandle, result: StepResult): Promise<void> {
    try {
      this.#instance.assertOpen();
      if (!this.#open.has(step)) throw this.#ended(step);
      const { step_index, step_name } = step;
      assertStepResult(result, { ...this.#place(), step_index, step_name });
      const step_type = step instanceof StepWriter
        ? step.step_type
        : "function";
      const acknowledged = this.#record(step, step_type, result);
      this.#open.delete(step);
      return acknowledged;
    } catch (error) {
      return Promise.reject(unreadable("step", error, this.#place()));
    }
  }

  /** @throws {ArtifactError} at once where the step is refused. */
  #record(
    step: StepHandle,
    step_type: string,
    { observation = {}, request, response, artifacts }: StepResult,
  ): Promise<void> {
    const { step_index, step_name, span_id, timestamp } = step;
    const { run, instance_id, ids, files, evidence } = this.#instance;
    const values = { request, response };
    const place = { run_id: run.run_id, instance_id, step_index, step_name };
    const ownFiles = files.ofStep(place, values, run.redactor);
    const record = {
      instance_id,
      run_id: run.run_id,
      correlation_id: ids.correlation_id,
      step_index,
      step_name,
      step_type,
      span_id,
      timestamp,
      observation,
      artifacts: files.paths(ownFiles, artifacts),
    };
    const { ok } = observation;
    warnOfMisspeltFields(observation, record);
    const { steps } = run.logs;
    const acknowledged = files.record(steps, record, "own", ownFiles);
    evidence.addStep(step_index, ok);
    return acknowledged;
  }

  #ended({ step_index, step_name }: StepHandle): ArtifactError {
    const at = placeOf({ ...this.#place(), step_index, step_name });
    return new ArtifactError(
      "STEP_CLOSED",
      `Cannot end the step${at}: it has ended, or its instance was completed`,
    );
  }

  #place(): { run_id: string; instance_id: string } {
    const { run, instance_id } = this.#instance;
    return { run_id: run.run_id, instance_id };
  }
}
