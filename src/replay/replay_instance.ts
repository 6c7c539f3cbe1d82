/**
 * Replays the steps of an instance and compares what they give with the recording.
 *
 * @module
 */
import { compareValues } from "../json/diff.ts";
import { ArtifactError } from "../errors.ts";
import { assertOptions } from "../check/options.ts";
import {
  exactPattern,
  parsePattern,
  type PathPattern,
  pathText,
} from "../json/path_pattern.ts";
import type { Manifest } from "../format/records.ts";
import {
  executorOf,
  executorProblem,
  type ReplayContext,
  type ReplayExecutor,
  type ReplayExecutors,
} from "./executor.ts";
import {
  type ReplayOptions,
  ReplayOptionsSchema,
  VOLATILE_PATHS,
} from "./replay_options.ts";
import {
  incompleteRecording,
  readRecordedInstance,
  type RecordedInstance,
  type RecordedStep,
} from "./recorded_instance.ts";
import {
  differentAsWhole,
  type ReplayedStep,
  type ReplayVerdict,
  skippedStep,
  unsentStep,
  verdictOf,
} from "./verdict.ts";
import { assertReader } from "../check/assert_reader.ts";
import type { InstanceTrace, RunReader } from "../read/mod.ts";
import { redactedPaths } from "../redact/secrets_in_text.ts";
import { executeStep } from "./execute_step.ts";
import {
  placeholdersOf,
  secretPlaces,
  withoutSecretsOf,
} from "./given_secrets.ts";
import { oneByOne, schedule, takeGroup } from "./schedule.ts";
import { noiseOf } from "./noise/noise_filter.ts";
import type { NoiseRule } from "./noise/noise_rule.ts";
import { LinkFollower } from "./links/follow_links.ts";

/**
 * Replays an instance: passes its steps to `execute`, one after the other, in
 * their order, with the ids, headers and requests that were recorded, and
 * compares the new observations with the recorded ones.
 *
 * It throws, before the first step, where the recording lacks what an exact
 * replay needs. A replay that compared nothing does not pass.
 *
 * @example
 * ```ts
 * import { createRun, openRun, replayInstance } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "adder" });
 * const instance = run.startInstance({ scenario_id: "sums" });
 * await instance.step({
 *   step_name: "add",
 *   step_type: "call",
 *   request: [1, 2],
 *   observation: { ok: true, body: { sum: 3 } },
 * });
 * await instance.complete();
 * await run.finalize();
 *
 * const replay = replayInstance(
 *   await openRun(run.path),
 *   "inst_001",
 *   (_step, { request }) => {
 *     const [a, b] = request as [number, number];
 *     return { ok: true, body: { sum: a * b } };
 *   },
 * );
 * for await (const { recorded, differences } of replay) {
 *   console.log(recorded.step_name, differences);
 *   // add [ { path: "body.sum", recorded: 3, actual: 2 } ]
 * }
 * const { matches, reason } = await replay.verdict();
 * console.log(matches, reason); // false "1 of 1 steps differ"
 * ```
 *
 * @param execute Executes a step: {@linkcode httpExecutor}, or your own; or
 * executors by `step_type`. A step of a type that has none is skipped and
 * reported, and the replay does not match.
 * @returns The replay. Nothing happens until its steps or its verdict are asked
 * for.
 * @throws {ArtifactError} `INVALID_OPTION`; and while it goes on:
 * `INCOMPLETE_RECORDING`, `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `READ_FAILED`,
 * and what the executor refuses with.
 */
export function replayInstance(
  run: RunReader,
  instance_id: string,
  execute: ReplayExecutor | ReplayExecutors,
  options: ReplayOptions = {},
): Replay {
  return new Replay(run, instance_id, execute, options);
}

/** A replay: its steps to iterate over, once, and its verdict. */
export class Replay implements AsyncIterable<ReplayedStep> {
  readonly #execute: ReplayExecutor | ReplayExecutors;
  readonly #manifest: Manifest;
  readonly #ignore: readonly PathPattern[];
  readonly #noise: readonly NoiseRule[];
  readonly #isPaced: boolean;
  readonly #signal: AbortSignal;
  readonly #steps: AsyncGenerator<ReplayedStep, void, void>;
  readonly #replayed: ReplayedStep[] = [];
  /** Those and others that are done, in the order of their ends. */
  readonly #done: ReplayedStep[] = [];
  #instance: RecordedInstance | undefined;
  #failure: { cause: unknown } | undefined;

  /**
   * Made by {@linkcode replayInstance}.
   * @internal
   */
  constructor(
    run: RunReader,
    instance_id: string,
    execute: ReplayExecutor | ReplayExecutors,
    options: ReplayOptions,
    readTrace?: () => Promise<InstanceTrace>,
  ) {
    assertReader("replayInstance", run);
    const problem = executorProblem(execute);
    if (problem !== undefined) {
      throw new ArtifactError(
        "INVALID_OPTION",
        `Cannot call replayInstance(): ${problem}: pass httpExecutor({ baseUrl }), or your own`,
        { path: "execute" },
      );
    }
    assertOptions("replayInstance", ReplayOptionsSchema, options);
    const { from = 0, until = Infinity } = options;
    this.#execute = execute;
    this.#manifest = run.manifest;
    this.#ignore = (options.ignore ?? VOLATILE_PATHS).map((text) =>
      parsePattern(text)
    );
    this.#noise = options.noise ?? [];
    this.#isPaced = options.pace === "recorded";
    this.#signal = options.signal ?? new AbortController().signal;
    const read = async () => {
      const instance = await readRecordedInstance(
        run,
        instance_id,
        {
          wants: (step_index) => step_index >= from && step_index < until,
          secrets: options.secrets ?? {},
          linkRules: options.follow === false ? undefined : options.links ?? {},
          readTrace,
        },
      );
      if (instance.missing.length === 0 || options.allowIncomplete) {
        return instance;
      }
      throw incompleteRecording(instance_id, instance.missing);
    };
    this.#steps = this.#replay(read, options.allowIncomplete ?? false);
  }

  /**
   * The steps, each when it was replayed. Leaving the loop ends the replay.
   *
   * @example
   * ```ts
   * import {
   *   createRun,
   *   openRun,
   *   replayInstance,
   * } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.step({
   *   step_name: "pay",
   *   step_type: "http",
   *   observation: { ok: true, status_code: 201 },
   *   request: { method: "POST", url: "/payments" },
   * });
   * await instance.complete();
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const pay = () => Promise.resolve({ ok: false, status_code: 502 });
   * const replay = replayInstance(past, "inst_001", pay);
   * for await (const { recorded, differences } of replay) {
   *   console.log(recorded.step_name, differences.length); // pay 2
   * }
   * ```
   */
  [Symbol.asyncIterator](): AsyncGenerator<ReplayedStep, void, void> {
    return this.#steps;
  }

  /**
   * Replays the steps that nobody has asked for yet, and returns how it all ended.
   *
   * @example
   * ```ts
   * import {
   *   createRun,
   *   openRun,
   *   replayInstance,
   * } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.step({
   *   step_name: "pay",
   *   step_type: "http",
   *   observation: { ok: true, status_code: 201 },
   *   request: { method: "POST", url: "/payments" },
   * });
   * await instance.complete();
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const pay = () => Promise.resolve({ ok: false, status_code: 502 });
   * const replay = replayInstance(past, "inst_001", pay);
   * console.log((await replay.verdict()).matches); // false
   * ```
   *
   * @throws {ArtifactError} as {@linkcode replayInstance}
   */
  async verdict(): Promise<ReplayVerdict> {
    for await (const _ of this.#steps);
    if (this.#failure) throw this.#failure.cause;
    return verdictOf(this.#instance, this.#replayed);
  }

  async *#replay(
    read: () => Promise<RecordedInstance>,
    maySkip: boolean,
  ): AsyncGenerator<ReplayedStep, void, void> {
    try {
      this.#signal.throwIfAborted();
      const instance = this.#instance = await read();
      const follower = new LinkFollower(
        instance.links,
        instance.steps.map(({ record, request }) => ({ ...record, request })),
      );
      const { steps, links } = instance;
      const take = async (place: number) => {
        const step = steps[place]!;
        const done = await this.#replayStep(instance, step, follower, maySkip);
        this.#done.push(done);
        return done;
      };
      const groups = this.#isPaced
        ? schedule(steps.map(({ record }) => record), links)
        : oneByOne(steps.length);
      for (const group of groups) {
        for (const one of takeGroup(group, take, this.#signal)) {
          const replayed = await one;
          this.#replayed.push(replayed);
          yield replayed;
        }
      }
    } catch (cause) {
      this.#failure = { cause };
      throw cause;
    }
  }

  async #replayStep(
    { scenario_id, entry_data, correlation_id, headers }: RecordedInstance,
    step: RecordedStep,
    follower: LinkFollower,
    maySkip: boolean,
  ): Promise<ReplayedStep> {
    const { record } = step;
    const { step_index } = record;
    const { request, followed, lost } = follower.follow(
      step_index,
      step.request,
    );
    const given = {
      followed,
      lost,
      ...(request !== undefined &&
        { sent: withoutSecretsOf(step.recordedRequest, request) }),
    };
    const execute = executorOf(this.#execute, record.step_type);
    if (!execute) {
      const error = `There is no executor for step_type "${record.step_type}"`;
      return skippedStep(record, error, given);
    }
    const [awaited] = redactedPaths(request);
    if (lost.length > 0 && awaited !== undefined) {
      return unsentStep(record, pathText(awaited), given);
    }
    // A value that is followed into the place of a secret is a secret too.
    const secretNames = [
      ...step.secretNames,
      ...placeholdersOf(step.request).map(({ name }) => name),
    ];
    // Copies: the next step is to find all as it was recorded, whatever is done
    // to them.
    const context: ReplayContext = {
      ...structuredClone({
        manifest: this.#manifest,
        scenario_id,
        entry_data,
        correlation_id,
        headers,
        request,
        secretNames,
      }),
      // What an executor does to the list does not change the verdict.
      earlier: this.#done.toSorted((a, b) =>
        a.recorded.step_index - b.recorded.step_index
      ),
      signal: this.#signal,
    };
    const { actual, error, refusal } = await executeStep(
      execute,
      record,
      context,
    );
    if (refusal) {
      if (!maySkip) throw refusal;
      return skippedStep(record, refusal.message, given);
    }
    if (actual) follower.observe(step_index, actual);
    const isNoise = noiseOf(this.#noise, record.step_name);
    let noiseCount = 0;
    const comparison = actual
      ? compareValues(
        follower.expected(record.observation),
        actual,
        [
          ...this.#ignore,
          ...secretPlaces(record.observation, actual).map(exactPattern),
          ...follower.origins(step_index).map(exactPattern),
        ],
        isNoise && ((...values) => {
          const isOne = isNoise(...values);
          if (isOne) noiseCount++;
          return isOne;
        }),
      )
      : differentAsWhole(record.observation);
    return {
      recorded: record,
      actual,
      error,
      skipped: false,
      noiseCount,
      ...given,
      ...comparison,
    };
  }
}
