/**
 * Checks a run against requirements.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { closestName } from "../check/closest_name.ts";
import { assertOptions, invalidOption } from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import { LatencySketch } from "../format/latency_sketch.ts";
import type { ScenarioCounts } from "../format/records.ts";
import type { RunTotals } from "../format/tally.ts";
import type { RunReader, RunState } from "../read/mod.ts";
import { analyzeRun, type RunAnalysis } from "./analyze_run.ts";
import {
  type InstanceMetric,
  METRICS,
  parseRequirement,
  type Requirement,
} from "./requirement.ts";

/** Names that a message lists. */
const NAMES_SHOWN = 10;
/** Step names that are remembered, to suggest one. */
const NAMES_MAX = 1_000;

/** Options of {@linkcode checkRun}. */
export interface CheckRunOptions {
  /** Called for each record that was read, to report progress. */
  onRecord?: () => void;
}

const CheckRunOptionsSchema: v.GenericSchema<CheckRunOptions> = v
  .strictObject({
    onRecord: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
  });

/** A requirement, and what was found. */
export interface CheckedRequirement extends Requirement {
  /** What was measured; null where there was nothing to measure. */
  found: number | null;
  /** Whether it is met. What was not measured is not. */
  met: boolean;
}

/** What {@linkcode checkRun} found. */
export interface RunCheck {
  /**
   * Whether the run was completed, every requirement is met, and, unless one of
   * them is on `incomplete`, every instance completed.
   */
  passed: boolean;
  /** The state of the run: only a `"completed"` run passes. */
  state: RunState;
  /** Instances that started and did not complete. */
  incomplete: number;
  /** The requirements, in the order in which they were given. */
  requirements: CheckedRequirement[];
}

/**
 * Checks a run against requirements, such as `"pass_rate>=99"` or
 * `"p95(pay)<300"`: see {@linkcode parseRequirement} for what can be written. All
 * records are read; the summary is not believed. An instance that was tried again
 * counts by its last attempt. Percentiles are within 1 %.
 *
 * What was not measured is never met: a pass rate, `failed` or `flaky` where no
 * instance has a verdict, `passed`, `skipped` or `errors` where there is no
 * instance, `failed_steps` where there is no step, a latency where no step has one.
 *
 * @param run The run, opened.
 * @param require The requirements, at least one.
 * @throws {ArtifactError} `INVALID_OPTION` for a requirement that cannot be parsed,
 * or that names a scenario or step that the run does not have; `CORRUPT_LINE`,
 * `CORRUPT_FILE`, `READ_FAILED`
 *
 * @example
 * ```ts
 * import { checkRun, createRun, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({
 *   step_name: "pay",
 *   step_type: "http",
 *   observation: { ok: true, latency_ms: 412 },
 * });
 * await instance.complete();
 * await run.finalize();
 *
 * const require = ["pass_rate>=99", "max(pay)<300"];
 * const check = await checkRun(await openRun(run.path), require);
 * for (const { text, found, met } of check.requirements) {
 *   console.log(text, found, met);
 *   // pass_rate>=99 100 true
 *   // max(pay)<300 412 false
 * }
 * ```
 */
export async function checkRun(
  run: RunReader,
  require: readonly string[],
  options: CheckRunOptions = {},
): Promise<RunCheck> {
  assertReader("checkRun", run);
  if (
    !Array.isArray(require) || require.length === 0 ||
    !require.every((text) => typeof text === "string")
  ) {
    throw invalidOption(
      "checkRun",
      "require",
      'must be a list of texts, such as ["pass_rate>=99"]',
    );
  }
  assertOptions("checkRun", CheckRunOptionsSchema, options);
  const requirements = require.map(parseRequirement);
  const analysis = await analyzeRun(run, options);
  const steps = await countSteps(run, requirements);
  const incomplete = Math.max(
    analysis.inFlight.total,
    run.summary?.incomplete_count ?? 0,
  );
  const figures = { ...analysis, incomplete };
  const checked = requirements.map((requirement): CheckedRequirement => {
    const found = measured(requirement, run, figures, steps);
    return { ...requirement, found, met: isMet(requirement, found) };
  });
  const toleratesIncomplete = checked.some(({ metric }) =>
    metric === "incomplete"
  );
  return {
    passed: run.state === "completed" &&
      (incomplete === 0 || toleratesIncomplete) &&
      checked.every(({ met }) => met),
    state: run.state,
    incomplete,
    requirements: checked,
  };
}

/** The steps of one name. */
class NamedSteps {
  readonly latencies: LatencySketch = new LatencySketch();
  count = 0;
  notOk = 0;
  maxMs: number | null = null;
}

/** Counts the steps of the names that are required, in another pass. */
async function countSteps(
  run: RunReader,
  requirements: readonly Requirement[],
): Promise<ReadonlyMap<string, NamedSteps>> {
  const wanted = requirements.filter(isOfSteps).flatMap(({ name }) =>
    name ?? []
  );
  const steps = new Map(wanted.map((name) => [name, new NamedSteps()]));
  if (steps.size === 0) return steps;
  const names = new Set<string>();
  for await (const records of run.blocks("steps")) {
    for (const { step_name, observation: { ok, latency_ms } } of records) {
      const counted = steps.get(step_name);
      if (!counted) {
        if (names.size < NAMES_MAX) names.add(step_name);
        continue;
      }
      counted.count++;
      if (ok === false) counted.notOk++;
      if (typeof latency_ms !== "number") continue;
      counted.latencies.add(latency_ms);
      counted.maxMs = Math.max(counted.maxMs ?? 0, latency_ms);
    }
  }
  for (const [name, { count }] of steps) {
    if (count === 0) {
      const known = [...steps].filter(([, { count }]) => count > 0)
        .map(([name]) => name);
      throw unknownName(run, "step", name, [...known, ...names]);
    }
  }
  return steps;
}

function measured(
  { metric, name }: Requirement,
  run: RunReader,
  { totals, latencies, incomplete }: RunAnalysis & { incomplete: number },
  steps: ReadonlyMap<string, NamedSteps>,
): number | null {
  const named = name === null ? undefined : steps.get(name);
  switch (metric) {
    case "incomplete":
      return incomplete;
    case "assertions":
      return totals.total_assertions;
    case "failed_assertions":
      return totals.total_assertions === 0 ? null : totals.assertions_failed;
    case "steps":
      return named ? named.count : totals.total_steps;
    case "failed_steps":
      if (named) return named.notOk;
      return totals.total_steps === 0 ? null : totals.failed_steps;
    case "p50":
      return named ? named.latencies.quantile(0.5) : totals.p50_latency_ms;
    case "p95":
      return named ? named.latencies.quantile(0.95) : totals.p95_latency_ms;
    case "p99":
      return named ? named.latencies.quantile(0.99) : totals.p99_latency_ms;
    case "max":
      return named ? named.maxMs : latencies.greatestMs;
    default:
      return counted(metric, scenarioOf(run, name, totals));
  }
}

function counted(
  metric: InstanceMetric,
  counts: ScenarioCounts,
): number | null {
  const { total_instances, pass_count, fail_count } = counts;
  const judged = pass_count + fail_count;
  switch (metric) {
    case "instances":
      return total_instances;
    case "pass_rate":
      return judged === 0 ? null : 100 * pass_count / judged;
    case "failed":
      return judged === 0 ? null : fail_count;
    case "flaky":
      return judged === 0 ? null : counts.flaky_count;
    case "passed":
      return total_instances === 0 ? null : pass_count;
    case "skipped":
      return total_instances === 0 ? null : counts.skip_count;
    case "errors":
      return total_instances === 0 ? null : counts.error_count;
  }
}

/** The counts of a scenario, or of all. */
function scenarioOf(
  run: RunReader,
  name: string | null,
  totals: RunTotals,
): ScenarioCounts {
  if (name === null) return totals;
  const counts = Object.hasOwn(totals.scenarios, name)
    ? totals.scenarios[name]
    : undefined;
  if (counts) return counts;
  throw unknownName(run, "scenario", name, Object.keys(totals.scenarios));
}

function isOfSteps({ metric }: Requirement): boolean {
  return METRICS[metric] === "step";
}

function isMet(
  { operator, limit }: Requirement,
  found: number | null,
): boolean {
  if (found === null) return false;
  switch (operator) {
    case ">=":
      return found >= limit;
    case "<=":
      return found <= limit;
    case ">":
      return found > limit;
    case "<":
      return found < limit;
    case "=":
      return found === limit;
  }
}

function unknownName(
  run: RunReader,
  what: "scenario" | "step",
  name: string,
  known: readonly string[],
): ArtifactError {
  const closest = closestName(name, known);
  const shown = known.slice(0, NAMES_SHOWN).map((name) => JSON.stringify(name));
  const more = known.length > NAMES_SHOWN ? ", …" : "";
  return new ArtifactError(
    "INVALID_OPTION",
    `Cannot check the run ${JSON.stringify(run.run_id)}: it has no ${what} ${
      JSON.stringify(name)
    }: ${
      closest !== undefined
        ? `did you mean ${JSON.stringify(closest)}?`
        : shown.length === 0
        ? "it has none"
        : `it has ${shown.join(", ")}${more}`
    }`,
    { path: "require" },
  );
}
