/**
 * Compares two runs.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import type { InstanceRecord } from "../format/records.ts";
import type { RunReader } from "../read/mod.ts";
import { Comparison } from "./comparison.ts";
import { LatencyPairs } from "./latency_pairs.ts";
import { Outcomes } from "./outcomes.ts";
import type { RunComparison } from "./run_comparison.ts";
import { InstancePairs, isInFlight, nameOfExtra } from "./instance_pairs.ts";
import type { ChangeKind } from "./run_changes.ts";
import { NormalRun } from "./normal_run.ts";
import { Verdicts } from "./verdicts.ts";
import {
  assertOptions,
  TextOption,
  wholeNumberOption,
} from "../check/options.ts";
import { parsePattern } from "../json/path_pattern.ts";

/** Options of {@linkcode compareRuns}. */
export interface CompareRunsOptions {
  /**
   * Places that are not compared, as in a replay: paths within the observation
   * of a step such as `headers.date` or `body.items[*].id`, or within any record,
   * such as `config.version`. `*` stands for one segment, `**` for any number.
   * What differs there alone is counted in `ignoredCount`. A verdict is never
   * ignored. Default: none.
   */
  ignore?: readonly string[];
  /**
   * By how many percent a step must be slower to be called so in `slowdowns`:
   * from 1 to 10,000. Default: 20.
   */
  slowerPercent?: number;
}

const SLOWER_PERCENT_DEFAULT = 20;

const CompareRunsOptionsSchema: v.GenericSchema<CompareRunsOptions> = v
  .strictObject({
    ignore: v.optional(v.array(TextOption, "must be an array of texts")),
    slowerPercent: v.optional(wholeNumberOption(1, 10_000)),
  });

/**
 * Compares two runs, instance by instance. Instances are paired by scenario and
 * `instance_key`; those without a key, by scenario and instance id. So a run with
 * tests inserted, removed or in another order is compared correctly if its runner
 * gives keys.
 *
 * They are `identical` if they are what two runs with the same seed and config
 * should be: the same manifest, lines, summary and names of artifact files,
 * except for `run_id`, `correlation_id`, `created_by`, times, durations and
 * latencies, and except for the instance's own correlation id wherever the
 * system under test sent it back. Not compared are the content of artifact
 * files, the order of lines, and the attempts that an interrupted run abandoned;
 * of requests and responses only that they were recorded, in whatever form.
 *
 * The steps, assertions and files of an instance that only one run has are not
 * listed. Both runs are read side by side; lines are compared by hashes of 128
 * bits, and those that differ are read again. Memory does not grow with them where
 * their lines are in similar order; where not, the places of up to half of the
 * lines are held.
 *
 * Latencies change nothing of that. `slowdowns` says which steps are slower by more
 * than noise: steps are paired, and the ratios of their latencies are tested with
 * the signed-rank test of Wilcoxon, after what the other steps are slower by was
 * taken off. Where all steps are slower alike, nothing tells a slower build from a
 * busier machine.
 *
 * @example
 * ```ts
 * import { compareRuns, createRun, openRun } from "@windtunnel/artifacts";
 *
 * const paths: string[] = [];
 * for (const status_code of [201, 500]) {
 *   const run = await createRun({ sut_name: "ecommerce", seed: 42 });
 *   const instance = run.startInstance({ scenario_id: "checkout" });
 *   await instance.step({
 *     step_name: "pay",
 *     step_type: "http",
 *     observation: { status_code },
 *   });
 *   await instance.complete({ passed: status_code === 201 });
 *   await run.finalize();
 *   paths.push(run.path);
 * }
 * const [before, after] = await Promise.all(paths.map((path) => openRun(path)));
 * const { identical, counts, changes } = await compareRuns(before!, after!);
 * console.log(identical, counts.newlyFailing); // false 1
 * for (const { kind, instance_id, differences } of changes) {
 *   console.log(kind, instance_id, differences);
 * }
 * ```
 *
 * @param a The run to compare with, usually the earlier one.
 * @param b The run to compare.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `READ_FAILED`
 */
export async function compareRuns(
  a: RunReader,
  b: RunReader,
  options: CompareRunsOptions = {},
): Promise<RunComparison> {
  assertReader("compareRuns", a, "the first run");
  assertReader("compareRuns", b, "the second run");
  assertOptions("compareRuns", CompareRunsOptionsSchema, options);
  return (await compareInstances(a, b, options)).comparison;
}

/** How an instance of the second run differs from its pair in the first. */
export interface InstanceChange {
  /** Id of its pair; null where the first run has none. */
  other_id: string | null;
  /** Null where nothing has changed, or it has no line. */
  kind: ChangeKind | null;
}

/** A comparison, and what it says of each instance of the second run. */
export interface ComparedInstances {
  comparison: RunComparison;
  changeOf(instance_id: string): InstanceChange;
  /** Id in the second run of an example of the comparison, where it has one. */
  idInB(example: string): string;
}

/** As {@linkcode compareRuns}, for who shows single instances too. */
export async function compareInstances(
  a: RunReader,
  b: RunReader,
  options: CompareRunsOptions = {},
): Promise<ComparedInstances> {
  const ignore = (options.ignore ?? []).map((text) => parsePattern(text));
  const [normalA, normalB] = [
    await NormalRun.open(a),
    await NormalRun.open(b),
  ];
  const verdicts = { a: new Verdicts(), b: new Verdicts() };
  const pairs = await InstancePairs.read(
    noting(normalA.recordedInstances(), verdicts.a),
    noting(normalB.recordedInstances(), verdicts.b),
  );
  const outcomes = new Outcomes(verdicts.a, verdicts.b, pairs);
  const { slowerPercent = SLOWER_PERCENT_DEFAULT } = options;
  const all = new Comparison(
    normalA,
    normalB,
    pairs,
    outcomes,
    ignore,
    new LatencyPairs(slowerPercent / 100),
  );
  const comparison = await all.compare();
  return {
    comparison,
    idInB: (example) =>
      pairs.nameOfA(example) === example ? pairs.idInB(example) : example,
    changeOf(instance_id) {
      const name = pairs.nameOfB(instance_id);
      if (name === undefined) {
        const kind = outcomes.kindOfUnpaired(nameOfExtra(instance_id));
        return { other_id: null, kind };
      }
      if (isInFlight(name)) return { other_id: null, kind: null };
      const kind = outcomes.kindOfPair(name);
      const isSame = kind === "changedInstance" && !all.isChanged(name);
      return { other_id: name, kind: isSame ? null : kind };
    },
  };
}

/** Notes the verdicts of the instances that are read. */
async function* noting(
  blocks: AsyncIterable<InstanceRecord[]>,
  verdicts: Verdicts,
): AsyncGenerator<InstanceRecord[]> {
  for await (const records of blocks) {
    for (const record of records) verdicts.add(record);
    yield records;
  }
}
