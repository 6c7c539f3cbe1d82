/**
 * Counts the steps of a run by name.
 *
 * @module
 */
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions } from "../check/options.ts";
import { LatencySketch } from "../format/latency_sketch.ts";
import type { StepRecord } from "../format/records.ts";
import type { RunReader } from "../read/mod.ts";
import { type HistogramBucket, histogramOf } from "./histogram.ts";

/** Step names that are counted one by one; the others together. */
const STEP_NAMES_MAX = 200;
const OTHER_STEPS = "(other)";

/** The steps of one name. */
export interface StepStatistics {
  /** Their name; `"(other)"` for the names after the first 200. */
  name: string;
  /** How many there are. */
  count: number;
  /** How many of them have `ok: false`. */
  notOk: number;
  /** The median of their latencies, in milliseconds; null where none has one. */
  p50Ms: number | null;
  /** The 95th percentile, likewise. */
  p95Ms: number | null;
  /** The greatest latency, likewise. */
  maxMs: number | null;
  /** How their latencies are distributed, on a logarithmic scale. */
  histogram: HistogramBucket[];
}

/** Options of {@linkcode stepStatistics}. */
export interface StepStatisticsOptions {
  /** Called for each step that was read, to report progress. */
  onRecord?: () => void;
}

const StepStatisticsOptionsSchema: v.GenericSchema<StepStatisticsOptions> = v
  .strictObject({
    onRecord: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
  });

/**
 * Reads the steps of a run and counts them by name, in the order in which the
 * names were first recorded. Memory is bounded: 200 names are counted one by one.
 * Percentiles are within 1 %.
 *
 * @param run The run, opened.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, openRun, stepStatistics } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * for (const ok of [true, false]) {
 *   await instance.step({
 *     step_name: "pay",
 *     step_type: "http",
 *     observation: { ok, latency_ms: 12 },
 *   });
 * }
 * await instance.complete();
 * await run.finalize();
 *
 * const [pay] = await stepStatistics(await openRun(run.path));
 * console.log(pay?.name, pay?.count, pay?.notOk, pay?.maxMs); // pay 2 1 12
 * ```
 */
export async function stepStatistics(
  run: RunReader,
  options: StepStatisticsOptions = {},
): Promise<StepStatistics[]> {
  assertReader("stepStatistics", run);
  assertOptions("stepStatistics", StepStatisticsOptionsSchema, options);
  const { onRecord = () => {} } = options;
  const counters = new StepCounters();
  for await (const steps of run.blocks("steps")) {
    for (const step of steps) {
      counters.add(step);
      onRecord();
    }
  }
  return counters.statistics();
}

/** Counts steps by name as they are read. */
export class StepCounters {
  readonly #byName = new Map<string, StepCounter>();

  /** Counts a step. */
  add({ step_name, observation: { ok, latency_ms } }: StepRecord): void {
    const latencyMs = typeof latency_ms === "number" ? latency_ms : undefined;
    this.#counterOf(step_name).add(ok, latencyMs);
  }

  /** What was counted, by name. */
  statistics(): StepStatistics[] {
    return [...this.#byName].map(([name, counter]) => counter.statistics(name));
  }

  #counterOf(name: string): StepCounter {
    let counter = this.#byName.get(name);
    if (!counter && this.#byName.size >= STEP_NAMES_MAX) {
      counter = this.#byName.get(name = OTHER_STEPS);
    }
    if (!counter) this.#byName.set(name, counter = new StepCounter());
    return counter;
  }
}

class StepCounter {
  readonly #latencies = new LatencySketch();
  #count = 0;
  #notOk = 0;
  #maxMs: number | null = null;

  add(ok: unknown, latencyMs: number | undefined): void {
    this.#count++;
    if (ok === false) this.#notOk++;
    if (latencyMs === undefined) return;
    this.#latencies.add(latencyMs);
    this.#maxMs = Math.max(this.#maxMs ?? 0, latencyMs);
  }

  statistics(name: string): StepStatistics {
    const latencies = this.#latencies;
    return {
      name,
      count: this.#count,
      notOk: this.#notOk,
      p50Ms: latencies.quantile(0.5),
      p95Ms: latencies.quantile(0.95),
      maxMs: this.#maxMs,
      histogram: histogramOf(latencies.record()),
    };
  }
}
