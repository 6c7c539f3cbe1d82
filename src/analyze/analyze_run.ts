/**
 * Analyzes a run in one pass over its records.
 *
 * @module
 */
import * as v from "valibot";
import { assertOptions } from "../check/options.ts";
import { type RunTotals, Tally } from "../format/tally.ts";
import type { RunReader } from "../read/mod.ts";
import { FailureCollector, type Failures } from "./failures.ts";
import { type HistogramBucket, histogramOf } from "./histogram.ts";
import { type InFlight, InFlightCollector } from "./in_flight.ts";

/** Options of {@linkcode analyzeRun}. */
export interface AnalyzeRunOptions {
  /** Called for each record that was read, to report progress. */
  onRecord?: () => void;
}

const AnalyzeRunOptionsSchema: v.GenericSchema<AnalyzeRunOptions> = v
  .strictObject({
    onRecord: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
  });

/** The latencies of a run: `observation.latency_ms` of its steps. */
export interface Latencies {
  /** Number of steps with a latency. */
  count: number;
  /** The least latency, in milliseconds; null where no step has one. */
  leastMs: number | null;
  /** The greatest latency, in milliseconds; null where no step has one. */
  greatestMs: number | null;
  /**
   * How they are distributed, on a logarithmic scale: from the first to the last
   * bucket that is not empty, without gaps.
   */
  histogram: HistogramBucket[];
}

/** What {@linkcode analyzeRun} found, as plain data. */
export interface RunAnalysis {
  /** Totals, counted from the records: a crashed run has them too. */
  totals: RunTotals;
  /** Number of instances that were tried again: they are in no other count. */
  instancesRetried: number;
  /** The latencies of all steps. */
  latencies: Latencies;
  /** The failed instances, and why they failed. */
  failures: Failures;
  /** The instances that were started and did not complete. */
  inFlight: InFlight;
}

/**
 * Reads every record of a run and returns why instances failed, how latencies are
 * distributed, and what was in flight. The run may be crashed or still be written.
 *
 * Memory is bounded: some bits for each instance with a counted id (`inst_001`),
 * and the first 100,000 failed instances. Records of attempts that were
 * interrupted explain no failure.
 *
 * @param run The run, opened.
 * @returns The analysis.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`
 *
 * @example
 * ```ts
 * import { analyzeRun, createRun, openRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * for (const status_code of [201, 502, 502]) {
 *   const instance = run.startInstance({ scenario_id: "checkout" });
 *   await instance.step({
 *     step_name: "pay",
 *     step_type: "http",
 *     observation: { status_code, latency_ms: 12 },
 *   });
 *   await instance.assertion({
 *     assertion_name: "paid",
 *     passed: status_code === 201,
 *     expected: 201,
 *     actual: status_code,
 *   });
 *   await instance.complete({ passed: status_code === 201 });
 * }
 * await run.finalize();
 *
 * const { failures } = await analyzeRun(await openRun(run.path));
 * for (const { count, step_name, reason, examples } of failures.causes) {
 *   console.log(count, step_name, reason, examples);
 *   // 2 pay expected 201, got 502 [ "inst_002", "inst_003" ]
 * }
 * ```
 */
export async function analyzeRun(
  run: RunReader,
  options: AnalyzeRunOptions = {},
): Promise<RunAnalysis> {
  assertOptions("analyzeRun", AnalyzeRunOptionsSchema, options);
  const { onRecord = () => {} } = options;
  const tally = new Tally(run.manifest.scenario_ids);
  const failures = new FailureCollector();
  const inFlight = new InFlightCollector(tally.completed);
  let [count, least, greatest] = [0, Infinity, 0];
  for await (const record of run.instances()) {
    onRecord();
    tally.addInstance(record);
    failures.addInstance(record);
  }
  // Only such a run has starts; looking for them takes another pass.
  if (!run.summary || run.summary.incomplete_count > 0) {
    for await (const record of run.started()) inFlight.addStart(record);
  }
  for await (const record of run.assertions()) {
    onRecord();
    tally.addAssertion(record);
    failures.addAssertion(record);
    inFlight.addRecord(record);
  }
  for await (const record of run.steps()) {
    onRecord();
    tally.addStep(record);
    failures.addStep(record);
    inFlight.addStep(record);
    const { latency_ms } = record.observation;
    if (typeof latency_ms !== "number") continue;
    count++;
    least = Math.min(least, latency_ms);
    greatest = Math.max(greatest, latency_ms);
  }
  return {
    totals: tally.totals(),
    instancesRetried: tally.retriedCount,
    latencies: {
      count,
      leastMs: count === 0 ? null : least,
      greatestMs: count === 0 ? null : greatest,
      histogram: histogramOf(tally.latencies()),
    },
    failures: failures.failures(),
    inFlight: inFlight.inFlight(),
  };
}
