/**
 * Compares two instances of a run step by step, one that failed with one that
 * passed.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions, TextOption } from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import type { AssertionRecord } from "../format/records.ts";
import { compareValues, type ValueComparison } from "../json/diff.ts";
import { unnumberedValue } from "../json/unnumbered.ts";
import { parsePattern, type PathPattern } from "../json/path_pattern.ts";
import type { JsonObject } from "../json/value.ts";
import type { InstanceTrace, RunReader } from "../read/mod.ts";
import {
  nearer,
  sameStep,
  type StartedInstance,
  VOLATILE,
} from "./instance_pairing.ts";
import {
  instanceTimeline,
  type InstanceVerdict,
  type TimelineStep,
} from "./instance_timeline.ts";
import {
  readStepMessages,
  type StepRequest,
  type StepResponse,
} from "./step_messages.ts";

/** A larger request or response is not compared. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** Options of {@linkcode diffInstances}. */
export interface DiffInstancesOptions {
  /**
   * Paths that are not compared, such as `"response.body.id"`; `*` stands for one
   * name or index, `**` for any number. Latencies, the header `date` and those that
   * carry the correlation id are never compared.
   */
  ignore?: readonly string[];
}

const DiffInstancesOptionsSchema: v.GenericSchema<DiffInstancesOptions> = v
  .strictObject({
    ignore: v.optional(v.array(TextOption, "must be an array of texts")),
  });

/** A step of {@linkcode InstanceDiff}. */
export interface StepDiff {
  /** Name of the step. */
  step_name: string;
  /** Its index in the instance; null where only the other one has it. */
  step_index: number | null;
  /** Its index in the other instance; null where that has none of the name. */
  otherIndex: number | null;
  /** Whether it failed in the instance. */
  isFailed: boolean;
  /**
   * The comparison of `response`, `observation` and `request`: in each difference
   * `recorded` is the value of the other instance, `actual` that of the instance.
   * Null where one of them has no such step.
   */
  values: ValueComparison | null;
  /** Its assertions that failed in the instance. */
  failed: AssertionRecord[];
  /** Files that could not be compared: missing, damaged, or larger than 4 MiB. */
  unread: string[];
}

/** What {@linkcode diffInstances} found. */
export interface InstanceDiff {
  /** The instance. */
  instance_id: string;
  /** How it ended. */
  verdict: InstanceVerdict;
  /** What it is compared with. */
  otherInstanceId: string;
  /** How that ended. */
  otherVerdict: InstanceVerdict;
  /** The steps of the instance in their order, then those that it does not have. */
  steps: StepDiff[];
  /** Assertions on the instance as a whole that failed. */
  failed: AssertionRecord[];
}

/**
 * Compares an instance with another one of the run, by default with the instance of
 * its scenario that passed and started nearest to it. Steps are paired by name, the
 * second "pay" with the second "pay".
 *
 * @param run The run, opened.
 * @param otherInstanceId The instance to compare with.
 * @throws {ArtifactError} `INVALID_OPTION`; `INSTANCE_NOT_FOUND`, also where no
 * instance of the scenario passed; `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, diffInstances, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * for (const status_code of [201, 502]) {
 *   const instance = run.startInstance({ scenario_id: "checkout" });
 *   await instance.step({
 *     step_name: "pay",
 *     step_type: "http",
 *     observation: { ok: status_code === 201, status_code },
 *   });
 *   await instance.complete();
 * }
 * await run.finalize();
 *
 * const diff = await diffInstances(await openRun(run.path), "inst_002");
 * const [pay] = diff.steps;
 * console.log(diff.otherInstanceId, pay?.values?.differences);
 * // inst_001 [{ path: "response.status_code", recorded: 201, actual: 502 },
 * //   { path: "observation.ok", recorded: true, actual: false }]
 * ```
 */
export async function diffInstances(
  run: RunReader,
  instance_id: string,
  otherInstanceId?: string,
  options: DiffInstancesOptions = {},
): Promise<InstanceDiff> {
  assertReader("diffInstances", run);
  assertOptions("diffInstances", DiffInstancesOptionsSchema, options);
  const ignore = [...VOLATILE, ...options.ignore ?? []]
    .map((pattern) => parsePattern(pattern));
  const trace = await run.instance(instance_id);
  const otherId = otherInstanceId ??
    await nearestPassed(run, trace, instance_id);
  const timeline = instanceTimeline(trace);
  const other = instanceTimeline(await run.instance(otherId));
  const names = timeline.steps.map(({ record }) => record.step_name);
  const otherNames = other.steps.map(({ record }) => record.step_name);
  const paired = new Set<number>();
  const steps: StepDiff[] = [];
  for (const [place, step] of timeline.steps.entries()) {
    const at = sameStep(names, place, otherNames);
    paired.add(at);
    steps.push(await diffOf(step, other.steps[at], ignore));
  }
  for (const [place, { record }] of other.steps.entries()) {
    if (paired.has(place)) continue;
    steps.push({
      step_name: record.step_name,
      step_index: null,
      otherIndex: record.step_index,
      isFailed: false,
      values: null,
      failed: [],
      unread: [],
    });
  }
  return {
    instance_id,
    verdict: timeline.verdict,
    otherInstanceId: otherId,
    otherVerdict: other.verdict,
    steps,
    failed: [
      ...timeline.assertions,
      ...timeline.unrecordedSteps.flatMap(({ assertions }) => assertions),
    ].filter(({ passed }) => !passed),
  };
}

async function nearestPassed(
  run: RunReader,
  { instance, start }: InstanceTrace,
  instance_id: string,
): Promise<string> {
  const { scenario_id, started_at } = instance ?? start ?? {};
  let nearest: StartedInstance | undefined;
  const startMs = Date.parse(started_at ?? run.manifest.timestamp);
  const filter = {
    passed: true,
    ...(scenario_id !== undefined && { scenario_id }),
  };
  for await (const instances of run.blocks("instances", filter)) {
    for (const { instance_id: id, started_at } of instances) {
      if (id === instance_id) continue;
      nearest = nearer(startMs, nearest, {
        id,
        startMs: Date.parse(started_at),
      });
    }
  }
  if (nearest) return nearest.id;
  throw new ArtifactError(
    "INSTANCE_NOT_FOUND",
    `Cannot compare instance "${instance_id}": no other instance of scenario "${scenario_id}" passed in run "${run.run_id}"`,
  );
}

async function diffOf(
  step: TimelineStep,
  other: TimelineStep | undefined,
  ignore: readonly PathPattern[],
): Promise<StepDiff> {
  const { record, isFailed, assertions } = step;
  const failed = assertions.filter(({ passed }) => !passed);
  const base = {
    step_name: record.step_name,
    step_index: record.step_index,
    otherIndex: other?.record.step_index ?? null,
    isFailed,
    failed,
  };
  if (!other) return { ...base, values: null, unread: [] };
  const [mine, theirs] = [await seenIn(step), await seenIn(other)];
  const unread = [...mine.unread, ...theirs.unread];
  // A message that could not be read in one of them is not compared.
  const isRead = ([part]: [string, unknown]) =>
    !unread.some(({ part: other }) => other === part);
  const readPart = (value: JsonObject) =>
    unnumberedValue(Object.fromEntries(Object.entries(value).filter(isRead)));
  return {
    ...base,
    values: compareValues(readPart(theirs.value), readPart(mine.value), ignore),
    unread: unread.map(({ path }) => path),
  };
}

/** What was sent and seen in a step; what could not be read. */
async function seenIn(step: TimelineStep): Promise<{
  value: JsonObject;
  unread: { part: string; path: string }[];
}> {
  const { request, response } = await readStepMessages(step, {
    fileBytesMax: FILE_BYTES_MAX,
  });
  const {
    headers: _,
    body: __,
    status_code: ___,
    body_encoding: ____,
    ...rest
  } = step.record.observation;
  const value: JsonObject = {};
  const unread: { part: string; path: string }[] = [];
  const add = (part: string, message: StepRequest | StepResponse | null) => {
    if (!message) return;
    const { unreadable, ...fields } = message;
    value[part] = fields as JsonObject;
    if (unreadable) unread.push({ part, path: unreadable.path });
  };
  // The response comes first: it says what went wrong.
  add("response", response);
  value.observation = rest as JsonObject;
  add("request", request);
  return { value, unread };
}
