/**
 * Analyzes a run in one pass over its records.
 *
 * @module
 */
import * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import { assertOptions } from "../check/options.ts";
import { LatencySketch } from "../format/latency_sketch.ts";
import { runPaths } from "../format/layout.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
  Summary,
} from "../format/records.ts";
import { type RunTotals, Tally, totalsOf } from "../format/tally.ts";
import { assertReader } from "../check/assert_reader.ts";
import type { RunReader } from "../read/mod.ts";
import { agreesOnFailures, believedSummary } from "./believed_summary.ts";
import { FailureCollector, type Failures } from "./failures.ts";
import { type HistogramBucket, histogramOf } from "./histogram.ts";
import { type InFlight, InFlightCollector } from "./in_flight.ts";

/** Options of {@linkcode analyzeRun}. */
export interface AnalyzeRunOptions {
  /** Called for each record that was read, to report progress. */
  onRecord?: () => void;
  /**
   * Which records are read. `"failed"` reads only the lines of failed instances
   * and of retries, which it recognizes as this library writes them, and copies all
   * other figures from the summary without verifying them. Where the run is not
   * completed, or its summary does not fit the files, all records are read all the
   * same. Default: `"all"`.
   */
  records?: "all" | "failed";
}

const AnalyzeRunOptionsSchema: v.GenericSchema<AnalyzeRunOptions> = v
  .strictObject({
    onRecord: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
    records: v.optional(v.picklist(["all", "failed"])),
  });

/** The latencies of a run: `observation.latency_ms` of its steps. */
export interface Latencies {
  /** Number of steps with a latency. */
  count: number;
  /**
   * The least latency, in milliseconds; null where no step has one. Within 1 %
   * where not all records were read.
   */
  leastMs: number | null;
  /** The greatest latency, likewise. */
  greatestMs: number | null;
  /**
   * How they are distributed, on a logarithmic scale: from the first to the last
   * bucket that is not empty, without gaps.
   */
  histogram: HistogramBucket[];
}

/** What {@linkcode analyzeRun} found, as plain data. */
export interface RunAnalysis {
  /** Which records were read; see {@linkcode AnalyzeRunOptions.records}. */
  recordsRead: "all" | "failed";
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
 * Reads the records of a run and returns why instances failed, how latencies are
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
  assertReader("analyzeRun", run);
  assertOptions("analyzeRun", AnalyzeRunOptionsSchema, options);
  const { onRecord = () => {}, records = "all" } = options;
  const summary = records === "failed" ? await believedSummary(run) : null;
  if (summary) {
    const analysis = await bySummary(run, summary, onRecord);
    if (analysis) return analysis;
  }
  const all = new Collector(run, onRecord);
  await all.readAll();
  return all.analysis();
}

/** Undefined where the summary does not fit, or a line that counts is bad. */
async function bySummary(
  run: RunReader,
  summary: Summary,
  onRecord: () => void,
): Promise<RunAnalysis | undefined> {
  const found = new Collector(run, onRecord);
  try {
    await found.readFailed();
  } catch (error) {
    if (isDamage(error)) return undefined; // Reading all records reports it.
    throw error;
  }
  return found.believing(summary);
}

function isDamage(error: unknown): boolean {
  return error instanceof ArtifactError &&
    (error.code === "CORRUPT_LINE" || error.code === "CORRUPT_FILE");
}

/** Texts in the line of an instance that failed, or that tries one again. */
const FAILED = ['"passed":false', '"error":{', '"retry_of":"'];

/** Collects what is found in records: of all, or of some. */
class Collector {
  readonly #run: RunReader;
  readonly #onRecord: () => void;
  readonly #tally: Tally;
  readonly #failures = new FailureCollector();
  readonly #inFlight: InFlightCollector;
  #count = 0;
  #least = Infinity;
  #greatest = 0;

  constructor(run: RunReader, onRecord: () => void) {
    this.#run = run;
    this.#onRecord = onRecord;
    this.#tally = new Tally(run.manifest.scenario_ids);
    this.#inFlight = new InFlightCollector(this.#tally.completed);
  }

  async readAll(): Promise<void> {
    const run = this.#run;
    await this.#readInstances(run.blocks("instances"));
    // Only such a run has starts; looking for them takes another pass.
    if (!run.summary || run.summary.incomplete_count > 0) {
      for await (const record of run.started()) this.#inFlight.addStart(record);
    }
    await this.#readRecords(run.blocks("assertions"), run.blocks("steps"));
  }

  async readFailed(): Promise<void> {
    // Loaded here: reading all records needs no more than the opened run.
    const { linesOf, recordBlocks } = await import("../read/internal.ts");
    const { fs, path } = this.#run;
    const paths = runPaths(path);
    const instances = { ...linesOf(paths, "instance"), needles: FAILED };
    await this.#readInstances(recordBlocks<InstanceRecord>(fs, instances));
    const wantsInstance = (id: string) => this.#failures.has(id);
    await this.#readRecords(
      recordBlocks<AssertionRecord>(fs, {
        ...linesOf(paths, "assertion"),
        wantsInstance,
      }),
      recordBlocks<StepRecord>(fs, {
        ...linesOf(paths, "step"),
        wantsInstance,
      }),
    );
  }

  async #readInstances(
    blocks: AsyncIterable<InstanceRecord[]>,
  ): Promise<void> {
    for await (const records of blocks) {
      for (const record of records) {
        this.#onRecord();
        this.#tally.addInstance(record);
        this.#failures.addInstance(record);
      }
    }
  }

  async #readRecords(
    assertions: AsyncIterable<AssertionRecord[]>,
    steps: AsyncIterable<StepRecord[]>,
  ): Promise<void> {
    for await (const records of assertions) {
      for (const record of records) {
        this.#onRecord();
        this.#tally.addAssertion(record);
        this.#failures.addAssertion(record);
        this.#inFlight.addRecord(record);
      }
    }
    for await (const records of steps) {
      for (const record of records) this.#addStep(record);
    }
  }

  #addStep(record: StepRecord): void {
    this.#onRecord();
    this.#tally.addStep(record);
    this.#failures.addStep(record);
    this.#inFlight.addStep(record);
    const { latency_ms } = record.observation;
    if (typeof latency_ms !== "number") return;
    this.#count++;
    this.#least = Math.min(this.#least, latency_ms);
    this.#greatest = Math.max(this.#greatest, latency_ms);
  }

  analysis(): RunAnalysis {
    return {
      recordsRead: "all",
      totals: this.#tally.totals(),
      instancesRetried: this.#tally.retriedCount,
      latencies: {
        count: this.#count,
        leastMs: this.#count === 0 ? null : this.#least,
        greatestMs: this.#count === 0 ? null : this.#greatest,
        histogram: histogramOf(this.#tally.latencies()),
      },
      failures: this.#failures.failures(),
      inFlight: this.#inFlight.inFlight(),
    };
  }

  /** The analysis by the summary; undefined where that counts other failures. */
  believing(summary: Summary): RunAnalysis | undefined {
    const { retriedCount } = this.#tally;
    if (!agreesOnFailures(summary, this.#tally.totals(), retriedCount)) {
      return undefined;
    }
    const sketch = new LatencySketch();
    sketch.addSketch(summary.latency_sketch);
    return {
      ...this.analysis(),
      recordsRead: "failed",
      totals: totalsOf(summary),
      latencies: {
        count: sketch.count,
        leastMs: sketch.quantile(0),
        greatestMs: sketch.quantile(1),
        histogram: histogramOf(summary.latency_sketch),
      },
    };
  }
}
