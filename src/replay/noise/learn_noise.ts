/**
 * Learns what replays against the same service differ in.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../../check/assert_reader.ts";
import { assertOptions, wholeNumberOption } from "../../check/options.ts";
import { parsePattern, type Path } from "../../json/path_pattern.ts";
import type { JsonValue } from "../../json/value.ts";
import type { RunReader } from "../../read/mod.ts";
import type { ReplayExecutor, ReplayExecutors } from "../executor.ts";
import { memberAt } from "../links/slots.ts";
import { replayInstance } from "../replay_instance.ts";
import { ReplayOptionEntries, type ReplayOptions } from "../replay_options.ts";
import type { ReplayedStep } from "../verdict.ts";
import { canonical, noisePath } from "./noise_filter.ts";
import { joined, ruleOf } from "./noise_kind.ts";
import type { NoiseRule } from "./noise_rule.ts";

/** How {@linkcode learnNoise} learns. */
export interface LearnNoiseOptions
  extends Omit<ReplayOptions, "from" | "until"> {
  /** How often each instance is replayed. Default: 3. */
  times?: number;
}

const LearnNoiseOptionsSchema: v.GenericSchema<LearnNoiseOptions> = v
  .strictObject({
    ...ReplayOptionEntries,
    times: v.optional(wholeNumberOption(2)),
  });

/**
 * Replays instances several times, against a service that does not change
 * meanwhile, and returns where the replays differ from each other: that is noise.
 * Where all of them differ from the recording alike, it is not.
 *
 * Each rule has the kind of what varies, the types and bounds that were seen, and
 * some of the values, for people to review. Given as `noise` to a replay, it
 * ignores differences within these bounds, and reports others.
 *
 * @param ids The instances, each of which is replayed by itself.
 *
 * @example
 * ```ts
 * import {
 *   createRun,
 *   learnNoise,
 *   openRun,
 *   replayInstance,
 * } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({
 *   step_name: "pay",
 *   step_type: "http",
 *   request: { amount: 3 },
 *   observation: { body: { receipt: "r-000001", amount: 3 } },
 * });
 * await instance.complete();
 * await run.finalize();
 *
 * const past = await openRun(run.path);
 * let n = 1;
 * const pay = () => ({ body: { receipt: `r-${100000 + 7 * n++}`, amount: 3 } });
 * const noise = await learnNoise(past, ["inst_001"], pay);
 * console.log(noise[0]?.path, noise[0]?.kind); // body.receipt id
 * const replay = replayInstance(past, "inst_001", pay, { noise });
 * console.log((await replay.verdict()).matches); // true
 * ```
 *
 * @throws {ArtifactError} as {@linkcode replayInstance}
 */
export async function learnNoise(
  run: RunReader,
  ids: readonly string[],
  execute: ReplayExecutor | ReplayExecutors,
  options: LearnNoiseOptions = {},
): Promise<NoiseRule[]> {
  assertReader("learnNoise", run);
  assertOptions("learnNoise", LearnNoiseOptionsSchema, options);
  const { times = 3, noise = [], ...replayOptions } = options;
  const rules = new Map(noise.map((rule) => [keyOf(rule), rule]));
  for (const id of ids) {
    const replays: ReplayedStep[][] = [];
    for (let i = 0; i < times; i++) {
      const replay = replayInstance(run, id, execute, replayOptions);
      replays.push(await Array.fromAsync(replay));
      await replay.verdict();
    }
    for (const index of replays[0]!.keys()) {
      const steps = replays.map((replay) => replay[index]!);
      for (const rule of noiseOfStep(steps)) {
        const known = rules.get(keyOf(rule));
        rules.set(keyOf(rule), known ? joined(known, rule) : rule);
      }
    }
  }
  return [...rules.values()];
}

/** An array whose items come in another order is of another kind than an item. */
function keyOf({ step, path, kind }: NoiseRule): string {
  return JSON.stringify([step, path, kind === "order"]);
}

/** A place at which the replays of a step differ. */
interface Varying {
  path: Path;
  values: (JsonValue | undefined)[];
}

function noiseOfStep(steps: readonly ReplayedStep[]): NoiseRule[] {
  // What gave no observation has nothing to compare.
  if (steps.some(({ actual }) => actual === null)) return [];
  const { step_name } = steps[0]!.recorded;
  const varying = varyingPlaces(steps);
  const rules = new Map<string, NoiseRule>();
  const add = (path: Path, values: Varying["values"]) => {
    const rule = ruleOf(step_name, noisePath(path), values, steps.length);
    const known = rules.get(keyOf(rule));
    rules.set(keyOf(rule), known ? joined(known, rule) : rule);
  };
  const actuals = steps.map(({ actual }) => actual as JsonValue);
  const done = new Set<string>();
  const reordered: Path[] = [];
  for (const { path } of varying) {
    for (const array of arraysOn(path)) {
      const text = JSON.stringify(array);
      if (done.has(text)) continue;
      done.add(text);
      const items = actuals.map((actual) => memberAt(actual, array));
      const masked = maskReordered(items);
      if (!masked) continue;
      reordered.push(array);
      const rule: NoiseRule = {
        ...ruleOf(step_name, noisePath(array), items, steps.length),
        kind: "order",
      };
      rules.set(keyOf(rule), rule);
      for (const inner of masked) {
        add([...array, 0, ...inner.path], inner.values);
      }
    }
  }
  const isInside = (path: Path, outer: Path) =>
    outer.length < path.length && outer.every((key, i) => key === path[i]);
  for (const { path, values } of varying) {
    if (reordered.some((array) => isInside(path, array))) continue;
    add(path, values);
  }
  return [...rules.values()];
}

/** The places at which not all replays saw the same. */
function varyingPlaces(steps: readonly ReplayedStep[]): Varying[] {
  const paths = new Map<string, Path>();
  for (const { differences, actual, recorded } of steps) {
    for (const { path } of differences) {
      if (path === "" || paths.has(path)) continue;
      paths.set(path, pathIn(path, actual, recorded.observation));
    }
  }
  return [...paths].flatMap(([text, path]) => {
    const values = steps.map((step) => {
      const found = step.differences.find((one) => one.path === text);
      return found ? found.actual : memberAt(step.actual!, path);
    });
    const isSame = new Set(values.map((one) => JSON.stringify(one))).size === 1;
    return isSame ? [] : [{ path, values }];
  });
}

/** A path of a difference; an index is a number where an array stands there. */
function pathIn(text: string, ...values: (JsonValue | null)[]): Path {
  const path: (string | number)[] = [];
  for (const segment of parsePattern(text) as readonly string[]) {
    const isIndex = values.some((value) =>
      Array.isArray(memberAt(value ?? undefined, path))
    );
    path.push(isIndex ? Number(segment) : segment);
  }
  return path;
}

/** The arrays that a path goes through, the outermost first. */
function arraysOn(path: Path): Path[] {
  return path.flatMap((key, i) =>
    typeof key === "number" ? [path.slice(0, i)] : []
  );
}

/**
 * Whether arrays have the same items in another order, but for members that no
 * two of them have in common: these are returned. Undefined where they do not.
 */
function maskReordered(
  arrays: readonly (JsonValue | undefined)[],
): Varying[] | undefined {
  if (!arrays.every(Array.isArray)) return undefined;
  const lists = arrays as readonly (readonly JsonValue[])[];
  if (lists.some(({ length }) => length !== lists[0]!.length)) return undefined;
  const members = new Set(
    lists.flat().flatMap((item) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.keys(item)
        : []
    ),
  );
  const masked: Varying[] = [];
  for (const key of members) {
    const values = lists.map((list) =>
      list.map((item) => memberAt(item, [key]))
    );
    const texts = values.map((list) =>
      new Set(list.map((one) => canonical(one ?? null)))
    );
    const isNew = texts.every((set, i) =>
      texts.slice(0, i).every((other) => set.isDisjointFrom(other))
    );
    if (isNew) masked.push({ path: [key], values: values.flat() });
  }
  const sorted = lists.map((list) =>
    list.map((item) => canonical(without(item, masked))).sort().join("\n")
  );
  const inOrder = lists.map((list) =>
    list.map((item) => canonical(without(item, masked))).join("\n")
  );
  const isReordered = new Set(sorted).size === 1 && new Set(inOrder).size > 1;
  return isReordered ? masked : undefined;
}

function without(item: JsonValue, masked: readonly Varying[]): JsonValue {
  if (typeof item !== "object" || item === null || Array.isArray(item)) {
    return item;
  }
  return Object.fromEntries(
    Object.entries(item).filter(([key]) =>
      !masked.some(({ path }) => path[0] === key)
    ),
  );
}
