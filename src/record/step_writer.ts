/**
 * Records one step.
 *
 * @module
 */
import { equal } from "@std/assert/equal";
import type { CorrelationHeaders } from "../format/correlation.ts";
import type { AssertionInput, StepResult } from "../format/records.ts";

/** What a step needs of its instance. */
export interface StepContext {
  /** Records its end. */
  end(step: StepHandle, result: StepResult): Promise<void>;
  /** Records an assertion; throws at once where it is not accepted. */
  assertion(input: AssertionInput): Promise<void>;
  /** The headers of a request that the step sends. */
  headers(span_id: string): CorrelationHeaders;
}

/** What an assertion saw, for {@linkcode StepHandle.assert}. */
export interface AssertionDetails {
  /** What should have been. */
  expected?: unknown;
  /** What was. */
  actual?: unknown;
  /** The verdict in words. */
  message?: string;
}

/** The fields that a step has from its start. */
export type StepFields = Pick<
  StepHandle,
  "step_index" | "step_name" | "span_id" | "timestamp"
>;

/** A step, and what is recorded about it. */
export class StepHandle {
  /** Place among the steps of the instance, from 0. */
  readonly step_index: number;
  /** What the step is called in the scenario. */
  readonly step_name: string;
  /** Its id in a W3C trace context: 16 hex digits. */
  readonly span_id: string;
  /** Its start: UTC, ISO 8601 with milliseconds and `Z`. */
  readonly timestamp: string;

  readonly #context: StepContext;

  /**
   * Made by {@linkcode InstanceWriter}.
   * @internal
   */
  constructor(context: StepContext, fields: StepFields) {
    this.#context = context;
    this.step_index = fields.step_index;
    this.step_name = fields.step_name;
    this.span_id = fields.span_id;
    this.timestamp = fields.timestamp;
  }

  /**
   * Headers to send to the system under test: `x-correlation-id`, and a
   * `traceparent` with the step's own span
   * (https://www.w3.org/TR/trace-context/#traceparent-header).
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * const step = instance.startStep({ step_name: "ping", step_type: "http" });
   * await fetch("data:,pong", { headers: { ...step.headers() } });
   * await step.end({ observation: { ok: true } });
   * await instance.complete();
   * ```
   */
  headers(): CorrelationHeaders {
    return this.#context.headers(this.span_id);
  }

  /**
   * Records an assertion about this step.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("pay", async (step) => {
   *     await step.assertion({ assertion_name: "paid", passed: true });
   *   });
   * });
   * ```
   *
   * @returns Resolves when the line is written (`"record"`: durable).
   * @throws {ArtifactError} as `InstanceWriter.assertion`
   */
  assertion(input: Omit<AssertionInput, "step_index">): Promise<void> {
    try {
      return this.#context.assertion({
        ...input,
        step_index: this.step_index,
      });
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /**
   * Records whether a condition holds.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("pay", (step) => {
   *     if (!step.assert("paid", false, { message: "card declined" })) return;
   *     step.assert("receipt", true);
   *   });
   * });
   * console.log((await run.finalize()).assertions_failed); // 1
   * ```
   *
   * @returns The condition: nothing is thrown where it does not hold. A failed
   * write is reported by `complete()` and `finalize()`.
   * @throws {ArtifactError} at once, as `InstanceWriter.assertion`, save for
   * `WRITE_FAILED`
   */
  assert(
    assertion_name: string,
    condition: boolean,
    details: AssertionDetails = {},
  ): boolean {
    const passed = condition === true;
    const { step_index } = this;
    this.#context
      .assertion({ assertion_name, passed, ...details, step_index })
      .catch(() => {});
    return passed;
  }

  /**
   * Records whether two values are equal, member by member.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("cart", (step) => {
   *     step.assertEquals("items", [{ sku: "A-1" }], [{ sku: "A-1" }]);
   *   });
   * });
   * ```
   *
   * @returns Whether they are: nothing is thrown where they are not.
   * @throws {ArtifactError} as {@linkcode StepHandle.assert}
   */
  assertEquals(
    assertion_name: string,
    actual: unknown,
    expected: unknown,
  ): boolean {
    const passed = equal(actual, expected);
    return this.assert(assertion_name, passed, { expected, actual });
  }
}

/**
 * A step that was started: it took its number then, so that steps side by side
 * are numbered alike in every run.
 */
export class StepWriter extends StepHandle {
  /** Kind of action, such as `"http"`. */
  readonly step_type: string;
  readonly #context: StepContext;

  /**
   * Made by {@linkcode InstanceWriter.startStep}.
   * @internal
   */
  constructor(context: StepContext, fields: StepFields, step_type: string) {
    super(context, fields);
    this.#context = context;
    this.step_type = step_type;
  }

  /**
   * Records the step.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * const step = instance.startStep({ step_name: "pay", step_type: "http" });
   * await step.end({ observation: { ok: true, status_code: 201 } });
   * await instance.complete();
   * ```
   *
   * @returns Resolves when its line is written (`"record"`: durable).
   * @throws {ArtifactError} `INVALID_RECORD`, after which it may be called again;
   * `STEP_CLOSED` where the step has ended; `INSTANCE_CLOSED`, `RUN_CLOSED`,
   * `WRITE_FAILED`, `QUEUE_FULL`
   */
  end(result: StepResult = {}): Promise<void> {
    return this.#context.end(this, result);
  }
}
