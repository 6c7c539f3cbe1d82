/**
 * Replays the instances of a whole run.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions, wholeNumberOption } from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import { type InstanceRecord, isFailed } from "../format/instance_record.ts";
import type { RunReader } from "../read/mod.ts";
import {
  groupedRecords,
  type InstanceGroup,
  instanceTrace,
} from "../read/internal.ts";
import type { RunWriter } from "../record/mod.ts";
import type { ReplayExecutor, ReplayExecutors } from "./executor.ts";
import { rateLimited } from "./rate_limit.ts";
import { assertReplayRun, ReplayRecorder } from "./replay_recorder.ts";
import { Replay } from "./replay_instance.ts";
import { ReplayOptionEntries, type ReplayOptions } from "./replay_options.ts";
import { type ReplayedInstance, RunReplayTally } from "./run_replay_tally.ts";
import type { RunReplay } from "./run_replay_tally.ts";
import type { ReplayedStep } from "./verdict.ts";

/** How {@linkcode replayRun} replays. */
export interface ReplayRunOptions
  extends Omit<ReplayOptions, "from" | "until"> {
  /** How many instances are replayed side by side. Default: 4. */
  concurrency?: number;
  /** Which instances are replayed: those for which it returns true. Default: all. */
  only?: (instance: InstanceRecord) => boolean;
  /** Replays only the failed ones. Default: false. */
  failed?: boolean;
  /** How many of them are replayed at most, spread over the run. Default: all. */
  sample?: number;
  /** How many steps begin in a second at most, all together. Default: no limit. */
  stepsPerSecond?: number;
  /**
   * After how many instances in a row of which no step got an answer the service
   * is taken for dead, and the replay ends. Default: 10.
   */
  unansweredMax?: number;
  /**
   * A run that the replays are recorded into, created with
   * `config: { replay_of: run.run_id }` and with the `redact` of the recorded one.
   * It is not finalized.
   */
  into?: RunWriter;
  /** Called with each instance when it was replayed. */
  onInstance?: (instance: ReplayedInstance) => void;
}

const isFunction = (value: unknown) => typeof value === "function";

const ReplayRunOptionsSchema: v.GenericSchema<ReplayRunOptions> = v
  .strictObject({
    ...ReplayOptionEntries,
    concurrency: v.optional(wholeNumberOption(1)),
    only: v.optional(
      v.custom<(instance: InstanceRecord) => boolean>(
        isFunction,
        "must be a function",
      ),
    ),
    failed: v.optional(v.boolean()),
    sample: v.optional(wholeNumberOption(1)),
    stepsPerSecond: v.optional(
      v.pipe(v.number(), v.gtValue(0, "must be greater than 0")),
    ),
    unansweredMax: v.optional(wholeNumberOption(1)),
    into: v.optional(v.custom<RunWriter>(
      (value) => typeof (value as RunWriter)?.startInstance === "function",
      "must be a run that createRun made",
    )),
    onInstance: v.optional(
      v.custom<(instance: ReplayedInstance) => void>(
        isFunction,
        "must be a function",
      ),
    ),
  });

/**
 * Replays the instances of a run, as {@linkcode replayInstance} does each: those
 * that were tried again by their last attempt. The run is read twice, and what is
 * in memory is what was in flight at a time when it was recorded.
 *
 * An instance whose recording lacks something is not replayed, and counts as such.
 *
 * @example
 * ```ts
 * import { createRun, openRun, replayRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "adder" });
 * for (const [i, sum] of [2, 3].entries()) {
 *   const instance = run.startInstance({ scenario_id: "sums" });
 *   await instance.step({
 *     step_name: "add",
 *     step_type: "call",
 *     request: { a: 1, b: 1 + i },
 *     observation: { body: { sum } },
 *   });
 *   await instance.complete();
 * }
 * await run.finalize();
 *
 * const past = await openRun(run.path);
 * const { run_id } = past;
 * const into = await createRun({ sut_name: "adder", config: { replay_of: run_id } });
 * const add = () => ({ body: { sum: 2 } }); // the system under test, now
 * const replayed = await replayRun(past, add, { into });
 * console.log(replayed.matching, replayed.different); // 1 1
 * console.log((await into.finalize()).fail_count); // 1
 * ```
 *
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `READ_FAILED`; what an
 * executor throws as an `ArtifactError`, and what recording throws.
 */
export async function replayRun(
  run: RunReader,
  execute: ReplayExecutor | ReplayExecutors,
  options: ReplayRunOptions = {},
): Promise<RunReplay> {
  assertReader("replayRun", run);
  assertOptions("replayRun", ReplayRunOptionsSchema, options);
  const {
    concurrency = 4,
    only = () => true,
    failed = false,
    sample = Infinity,
    stepsPerSecond,
    unansweredMax = 10,
    into,
    onInstance = () => {},
    ...replayOptions
  } = options;
  if (into) assertReplayRun(into, run.run_id);
  const executors = stepsPerSecond === undefined
    ? execute
    : rateLimited(execute, stepsPerSecond);
  const { wants, wanted } = await selection(
    run,
    (one) => (!failed || isFailed(one)) && only(one),
    sample,
  );
  const tally = new RunReplayTally(wanted, unansweredMax);
  const groups = groupedRecords(run);
  const worker = async () => {
    while (tally.stopped === null) {
      const { value: group, done } = await groups.next();
      if (done) return;
      if (!group.instance || !wants(group.instance)) continue;
      const replayed = await replayGroup(
        run,
        group,
        executors,
        replayOptions,
        into,
      );
      tally.add(replayed);
      onInstance(replayed);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, worker));
  } finally {
    tally.stop("another replay failed"); // The others end with their instance.
    await groups.return(undefined);
  }
  return tally.result();
}

/** Which instances are replayed, and how many these are. */
async function selection(
  run: RunReader,
  only: (instance: InstanceRecord) => boolean,
  sample: number,
): Promise<{ wants: (instance: InstanceRecord) => boolean; wanted: number }> {
  const retried = new Set<string>();
  let count = 0;
  for await (const records of run.blocks("instances")) {
    for (const { retry_of } of records) if (retry_of) retried.add(retry_of);
  }
  const isOne = (one: InstanceRecord) =>
    !retried.has(one.instance_id) && only(one);
  for await (const records of run.blocks("instances")) {
    count += records.filter(isOne).length;
  }
  const wanted = Math.min(count, sample);
  let seen = 0;
  // Of each part of the run one: the last of it.
  const wants = (one: InstanceRecord) => {
    if (!isOne(one)) return false;
    const before = Math.floor(seen * wanted / count);
    return Math.floor(++seen * wanted / count) > before;
  };
  return { wants, wanted };
}

async function replayGroup(
  run: RunReader,
  group: InstanceGroup,
  execute: ReplayExecutor | ReplayExecutors,
  options: ReplayOptions,
  into: RunWriter | undefined,
): Promise<ReplayedInstance> {
  const { instance_id } = group;
  const instance = group.instance!;
  const recorder = into && new ReplayRecorder(into, instance);
  const replay = new Replay(
    run,
    instance_id,
    execute,
    options,
    () => instanceTrace(run, group),
  );
  let isAnswered = false;
  let error: string | null = null;
  try {
    for await (const step of replay) {
      isAnswered ||= hasAnswer(step);
      error ??= step.error ?? firstError(step);
      await recorder?.step(step);
    }
    const verdict = await replay.verdict();
    await recorder?.complete(verdict);
    return { instance_id, verdict, missing: null, isAnswered, error };
  } catch (cause) {
    const isIncomplete = cause instanceof ArtifactError &&
      cause.code === "INCOMPLETE_RECORDING";
    if (!isIncomplete) throw cause;
    await recorder?.skip(cause);
    return {
      instance_id,
      verdict: null,
      missing: cause.message,
      isAnswered: true,
      error,
    };
  }
}

function firstError({ actual }: ReplayedStep): string | null {
  const [error] = actual?.errors ?? [];
  if (typeof error === "string") return error;
  const { message } = Object(error) as { message?: unknown };
  return typeof message === "string" ? message : null;
}

/** Whether something answered, where something had when it was recorded. */
function hasAnswer({ recorded, actual, skipped }: ReplayedStep): boolean {
  if (skipped) return true;
  if (!actual) return false;
  const hadStatus = typeof recorded.observation.status_code === "number";
  return !hadStatus || typeof actual.status_code === "number";
}
