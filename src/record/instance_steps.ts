/**
 * Numbers, opens, ends and records the steps of one instance.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { correlationHeaders, stepSpanId } from "../format/correlation.ts";
import { timestamp, timestampAt } from "../format/timestamp.ts";
import { artifactPaths } from "./artifact_paths.ts";
import type { InstanceContext } from "./instance_context.ts";
import type { StepInput, StepResult, StepStart } from "../format/records.ts";
import { newStep } from "../format/step_record.ts";
import {
  assertStepInput,
  assertStepResult,
  assertStepStart,
  type StepOptions,
} from "./instance_input.ts";
import { placeOf, readFailure } from "./invalid_record.ts";
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
      () => step.run(options, fn, this.#instance.run),
    );
    try {
      this.#assertOpen(step);
      await this.#close(step, step_type, result);
    } catch (error) {
      // The caller gets what the function threw.
      if (!("error" in outcome)) throw error;
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }

  /**
   * Records the steps that have not ended as not ended, with those of a function
   * whose record was refused.
   *
   * @throws {ArtifactError} `QUEUE_FULL`, after which it may be called again.
   */
  endOpen(): void {
    const errors = [{ message: "The step did not end" }];
    for (const step of this.#open) {
      this.#close(step, typeOf(step), { observation: { ok: false, errors } });
    }
  }

  #next(step_name: string, timestamp: string): StepFields {
    const step_index = this.#count;
    const span_id = stepSpanId(this.#instance.ids.span_id, step_index);
    return { step_index, step_name, span_id, timestamp };
  }

  #end(step: StepHandle, result: StepResult): Promise<void> {
    try {
      this.#assertOpen(step);
      const { step_index, step_name } = step;
      assertStepResult(result, { ...this.#place(), step_index, step_name });
      return this.#close(step, typeOf(step), result);
    } catch (error) {
      return Promise.reject(readFailure("step", error, this.#place()));
    }
  }

  /** @throws {ArtifactError} at once where the step is refused: it stays open. */
  #close(
    step: StepHandle,
    step_type: string,
    result: StepResult,
  ): Promise<void> {
    const acknowledged = this.#record(step, step_type, result);
    this.#open.delete(step);
    return acknowledged;
  }

  /** @throws {ArtifactError} at once where the step is refused. */
  #record(
    step: StepHandle,
    step_type: string,
    result: StepResult,
  ): Promise<void> {
    const { request, response, artifacts } = result;
    const { step_index, step_name } = step;
    const { run, instance_id, ids, files, evidence } = this.#instance;
    const values = { request, response };
    const place = { run_id: run.run_id, instance_id, step_index, step_name };
    const form = run.requests;
    const ownFiles = form === "inline" ? [] : files.ofStep(place, values);
    const record = newStep(
      place,
      ids.correlation_id,
      step,
      step_type,
      result,
      artifactPaths(instance_id, form === "files" ? ownFiles : [], artifacts),
      form === "inline" ? values : form === "files" ? {} : {
        request: files.referenceTo(ownFiles, "request"),
        response: files.referenceTo(ownFiles, "response"),
      },
    );
    const { observation } = record;
    warnOfMisspeltFields(observation, record);
    const { steps } = run.logs;
    const acknowledged = files.recordStep(steps, record, ownFiles);
    evidence.addStep(step_index, observation.ok);
    return acknowledged;
  }

  #assertOpen(step: StepHandle): void {
    this.#instance.assertOpen();
    if (this.#open.has(step)) return;
    const { step_index, step_name } = step;
    const at = placeOf({ ...this.#place(), step_index, step_name });
    throw new ArtifactError(
      "STEP_CLOSED",
      `Cannot end the step${at}: it has ended, or its instance was completed`,
    );
  }

  #place(): { run_id: string; instance_id: string } {
    const { run, instance_id } = this.#instance;
    return { run_id: run.run_id, instance_id };
  }
}

function typeOf(step: StepHandle): string {
  return step instanceof StepWriter ? step.step_type : "function";
}
