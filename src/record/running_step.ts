/**
 * The step that a function is given in the callback form, and how it ends.
 *
 * @module
 */
import { sendForAnswer } from "../http/internal.ts";
import type { HttpExchange } from "../http/mod.ts";
import { ArtifactError } from "../errors.ts";
import { toErrorFields } from "../json/typed_value.ts";
import { roundMs } from "../format/timestamp.ts";
import { clock } from "../time/clock.ts";
import { timers } from "../time/timers.ts";
import type { RunContext } from "./run_context.ts";
import { isRecordedFailure, stepRequest, stepResponse } from "./step_fetch.ts";
import type { StepFetchInit } from "./step_fetch.ts";
import type { ObservationInput, StepResult } from "../format/records.ts";
import type { StepOptions } from "./instance_input.ts";
import {
  type StepContext,
  type StepFields,
  StepHandle,
} from "./step_writer.ts";

/**
 * A step while its function runs; each attempt has one of its own, so that what an
 * attempt does after its end is not taken for the work of the next.
 */
export class RunningStep extends StepHandle {
  readonly #context: StepContext;
  readonly #fields: StepFields;
  /** Stops the attempt under way; made when its signal is asked for. */
  #stop: AbortController | undefined;
  #exchanges: HttpExchange[] = [];
  #observed: ObservationInput = {};
  #ended = false;

  /**
   * Made by {@linkcode InstanceWriter.step}.
   * @internal
   */
  constructor(context: StepContext, fields: StepFields) {
    super(context, fields);
    this.#context = context;
    this.#fields = fields;
  }

  /** Fires when the time of this attempt is up. */
  get signal(): AbortSignal {
    return (this.#stop ??= new AbortController()).signal;
  }

  /**
   * Adds fields to the observation of the step.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("search", (step) => step.observe({ hits: 3 }));
   * });
   * ```
   *
   * @throws {ArtifactError} `STEP_CLOSED` after its end
   */
  observe(fields: ObservationInput): void {
    this.#assertRunning("observe");
    Object.assign(this.#observed, fields);
  }

  /**
   * Sends a request with the headers of the step, and records it with its answer.
   * It takes what `fetch` takes; redirects are not followed.
   *
   * @example
   * ```ts
   * import { createRun } from "@windtunnel/artifacts";
   * import { createServer } from "node:http";
   *
   * const server = createServer((_, answer) => answer.end("pong"));
   * await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
   * const { port } = server.address() as { port: number };
   *
   * await using run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "health" }, async (instance) => {
   *   await instance.step("ping", async (step) => {
   *     const answer = await step.fetch(`http://127.0.0.1:${port}/`, {
   *       body: new URLSearchParams({ n: "1" }),
   *     });
   *     step.assertEquals("body", await answer.text(), "pong");
   *   });
   * });
   * console.log((await run.finalize()).pass_count); // 1
   * server.close();
   * ```
   *
   * @returns The answer, whatever its status, once all of its body came, or
   * `maxBodyBytes` of it: the rest is read without a limit of time.
   * @throws {TypeError} where no whole answer came, with the `code` of a
   * `TransportError` and the cause; what had come by then is recorded.
   * @throws {ArtifactError} `INVALID_OPTION`; `STEP_CLOSED` after its end
   */
  async fetch(
    url: string | URL | Request,
    init: StepFetchInit = {},
  ): Promise<Response> {
    this.#assertRunning("fetch");
    const exchanges = this.#exchanges;
    const own = this.signal;
    const sent = await stepRequest(url, init, this.headers());
    const answered = await sendForAnswer(sent.request, {
      ...sent.options,
      signal: AbortSignal.any([own, ...sent.signals]),
    });
    exchanges.push(answered.exchange);
    return stepResponse(answered);
  }

  /**
   * Runs the function of the step, again where it fails and may be retried.
   *
   * @internal
   * @returns What it returned or threw, and what is to be recorded.
   */
  async run<T>(
    options: StepOptions,
    fn: (step: RunningStep) => T | Promise<T>,
    run: Pick<RunContext, "inStep">,
    earlier: readonly Attempt[] = [],
  ): Promise<{ outcome: Outcome<T>; step_type: string; result: StepResult }> {
    const { retries = 0, timeoutMs } = options;
    const outcome = await this.#attempt(fn, timeoutMs);
    this.#ended = true;
    const observation = this.#observation(outcome);
    let attempts = earlier;
    if (retries > 0) {
      const { ok, status_code, latency_ms, errors } = observation;
      attempts = [...earlier, { ok, status_code, latency_ms, errors }];
      if ("error" in outcome && attempts.length <= retries) {
        const next = new RunningStep(this.#context, this.#fields);
        return await run.inStep(
          next,
          () => next.run(options, fn, run, attempts),
        );
      }
    }
    const last = this.#exchanges.at(-1);
    return {
      outcome,
      step_type: options.step_type ?? (last ? "http" : "function"),
      result: {
        observation: attempts.length > 1
          ? { ...observation, attempts: [...attempts] }
          : observation,
        request: last?.request,
        response: last?.response,
      },
    };
  }

  async #attempt<T>(
    fn: (step: RunningStep) => T | Promise<T>,
    timeoutMs: number | undefined,
  ): Promise<Outcome<T>> {
    const startMs = clock.monotonicMs();
    const elapsed = () => roundMs(clock.monotonicMs() - startMs);
    try {
      const value = timeoutMs === undefined
        ? await fn(this)
        : await this.#withinTime(fn, timeoutMs);
      return { value, latency_ms: elapsed() };
    } catch (error) {
      return { error, latency_ms: elapsed() };
    }
  }

  /** Rejects, and fires the signal of the attempt, when its time is up. */
  async #withinTime<T>(
    fn: (step: RunningStep) => T | Promise<T>,
    timeoutMs: number,
  ): Promise<T> {
    const stop = this.#stop = new AbortController();
    const timeUp = Promise.withResolvers<never>();
    const timer = timers.setTimeout(() => {
      const error = new DOMException(
        `Step "${this.step_name}" took longer than ${timeoutMs} ms`,
        "TimeoutError",
      );
      stop.abort(error);
      timeUp.reject(error);
    }, timeoutMs);
    try {
      const work = (async () => await fn(this))();
      return await Promise.race([work, timeUp.promise]);
    } finally {
      timers.clearTimeout(timer);
    }
  }

  /** @throws {ArtifactError} `STEP_CLOSED` */
  #assertRunning(verb: string): void {
    if (!this.#ended) return;
    throw new ArtifactError(
      "STEP_CLOSED",
      `Cannot ${verb} in step "${this.step_name}": it has ended`,
    );
  }

  #observation(outcome: Outcome<unknown>): ObservationInput {
    if (this.#exchanges.length === 0 && !("error" in outcome)) {
      const { latency_ms } = outcome;
      return { ok: true, latency_ms, ...this.#observed };
    }
    const last = this.#exchanges.at(-1);
    const earlier = this.#exchanges.slice(0, -1);
    const errors = [...last?.observation.errors ?? []];
    if ("error" in outcome && !isRecordedFailure(outcome.error)) {
      errors.push(toErrorFields(outcome.error));
    }
    return {
      ok: true,
      latency_ms: outcome.latency_ms,
      ...last?.observation,
      ...(earlier.length > 0 && { earlier_exchanges: earlier }),
      ...this.#observed,
      ...("error" in outcome && { ok: false, errors }),
    };
  }
}

/** How the function of a step ended. */
export type Outcome<T> =
  | { value: T; latency_ms: number }
  | { error: unknown; latency_ms: number };

/** What is noted of each attempt of a step that was retried. */
type Attempt = Pick<
  ObservationInput,
  "ok" | "status_code" | "latency_ms" | "errors"
>;
