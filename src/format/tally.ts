/**
 * Counts the records of a run, and makes its summary.
 *
 * @module
 */
import { InstanceIds, type ReadonlyInstanceIds } from "./instance_ids.ts";
import { GrowingFloats, InstanceIndex } from "./instance_index.ts";
import { ScenarioRows } from "./scenario_rows.ts";
import { LatencySketch, type LatencySketchRecord } from "./latency_sketch.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  RunSeal,
  ScenarioCounts,
  StepRecord,
  Summary,
} from "./records.ts";

/** Live totals of a run: the counts of its {@linkcode Summary} so far. */
export type RunTotals =
  & Omit<
    Summary,
    | "run_id"
    | "status"
    | "completed_at"
    | "duration_ms"
    | "incomplete_count"
    | "latency_sketch"
    | "scenarios"
    | "files"
  >
  & {
    /** Counts per scenario id. */
    scenarios: Record<string, ScenarioCounts>;
  };

/** What counts of an instance. */
export type CountedInstance = Pick<
  InstanceRecord,
  "instance_id" | "scenario_id" | "retry_of" | "passed" | "error"
>;

/** What counts of a step. */
export interface CountedStep {
  /** Id of its instance. */
  instance_id: string;
  /** What it observed. */
  observation: Pick<StepRecord["observation"], "ok" | "latency_ms">;
}

/** What is known of an instance, in the bits of a number. */
const FAILED = 1;
const SKIPPED = 2;
const WITH_ERROR = 4;
const FLAKY = 8;
/** It was tried again, whether or not it was seen. */
const RETRIED = 16;
/** Its retry has passed. */
const PASSED_ON_RETRY = 32;
/** Above the bits: the row of its scenario. */
const ROW = 64;

/**
 * Counts records, in whatever order they come. An instance that another names in
 * `retry_of` counts no longer: the last attempt is the verdict. So it is kept of
 * each instance how it ended, and of which scenario it was: a number.
 */
export class Tally {
  readonly #rows: ScenarioRows;
  /** The latencies of instances that have not completed. */
  readonly #waiting = new Map<string, LatencySketch>();
  #steps = 0;
  #failedSteps = 0;
  #assertionsPassed = 0;
  #assertionsFailed = 0;

  readonly #completed = new InstanceIds();
  readonly #index = new InstanceIndex();
  readonly #known = new GrowingFloats();

  /** @param scenario_ids Scenarios that are listed even when none was executed. */
  constructor(scenario_ids: readonly string[]) {
    this.#rows = new ScenarioRows(scenario_ids);
  }

  /** Instances that were counted, those that were tried again included. */
  get completed(): ReadonlyInstanceIds {
    return this.#completed;
  }

  /** Number of completed instances that were tried again: they count no longer. */
  get retriedCount(): number {
    return this.#completed.size - this.#rows.all.counts.total_instances;
  }

  /** Counts a completed instance. */
  addInstance(record: CountedInstance): void {
    const { instance_id, scenario_id, retry_of, passed, error } = record;
    this.#completed.add(instance_id);
    const row = this.#rows.indexOf(scenario_id);
    const at = this.#index.indexOf(instance_id);
    const failedBefore = retry_of !== null &&
      this.#retry(retry_of, passed);
    const before = this.#known.get(at) % ROW;
    let known = before;
    if (passed === false) known |= FAILED;
    // Its retry was recorded before it.
    if (before & RETRIED) {
      if (passed === false && before & PASSED_ON_RETRY) {
        this.#each(row, (counts) => counts.flaky_count++);
      }
    } else {
      if (passed === null) known |= SKIPPED;
      if (error !== null) known |= WITH_ERROR;
      if (passed && failedBefore) known |= FLAKY;
      this.#count(known, row, 1);
    }
    this.#known.set(at, known + ROW * row);
    const latencies = this.#waiting.get(instance_id);
    if (!latencies) return;
    this.#rows.at(row).latencies.addSketch(latencies.record());
    this.#waiting.delete(instance_id);
  }

  /** Counts a step and its latency. */
  addStep({ instance_id, observation }: CountedStep): void {
    this.#steps++;
    const { ok, latency_ms } = observation;
    if (ok === false) this.#failedSteps++;
    if (typeof latency_ms !== "number") return;
    this.#rows.all.latencies.add(latency_ms);
    this.#latenciesOf(instance_id).add(latency_ms);
  }

  /** Counts an assertion. */
  addAssertion(record: Pick<AssertionRecord, "passed">): void {
    if (record.passed) this.#assertionsPassed++;
    else this.#assertionsFailed++;
  }

  /** Counts the steps and assertions of a run by its summary. */
  addTotals(
    summary: Pick<
      Summary,
      | "total_steps"
      | "failed_steps"
      | "assertions_passed"
      | "assertions_failed"
      | "latency_sketch"
      | "scenarios"
    >,
  ): void {
    this.#steps += summary.total_steps;
    this.#failedSteps += summary.failed_steps;
    this.#assertionsPassed += summary.assertions_passed;
    this.#assertionsFailed += summary.assertions_failed;
    this.#rows.all.latencies.addSketch(summary.latency_sketch);
    for (const [id, { latency_sketch }] of Object.entries(summary.scenarios)) {
      this.#rows.at(this.#rows.indexOf(id)).latencies.addSketch(latency_sketch);
    }
  }

  /** The totals so far. */
  totals(): RunTotals {
    const { counts, latencies } = this.#rows.all;
    const { pass_count, fail_count } = counts;
    const judged = pass_count + fail_count;
    return {
      ...counts,
      pass_rate: judged === 0 ? 0 : 100 * pass_count / judged,
      total_steps: this.#steps,
      failed_steps: this.#failedSteps,
      total_assertions: this.#assertionsPassed + this.#assertionsFailed,
      assertions_passed: this.#assertionsPassed,
      assertions_failed: this.#assertionsFailed,
      p50_latency_ms: latencies.quantile(0.50),
      p95_latency_ms: latencies.quantile(0.95),
      p99_latency_ms: latencies.quantile(0.99),
      scenarios: this.#rows.byScenario(({ counts }) => ({ ...counts })),
    };
  }

  /** The latencies so far, counted by bucket. */
  latencies(): LatencySketchRecord {
    return this.#rows.all.latencies.record();
  }

  /**
   * The summary of a run that ends at `completed_at`, in the order of the format.
   *
   * @param incomplete_count Instances that were started and did not complete.
   * @param files The seal of the other files.
   */
  summary(
    manifest: Pick<Manifest, "run_id" | "timestamp">,
    status: Summary["status"],
    completed_at: string,
    incomplete_count: number,
    files: RunSeal,
  ): Summary {
    // A clock that was set back must not end a run before it began.
    if (completed_at < manifest.timestamp) completed_at = manifest.timestamp;
    const elapsedMs = Date.parse(completed_at) -
      Date.parse(manifest.timestamp);
    const { total_instances, pass_count, fail_count, skip_count, ...rest } =
      this.totals();
    const { error_count, flaky_count, scenarios: _, ...others } = rest;
    return {
      run_id: manifest.run_id,
      status,
      completed_at,
      duration_ms: elapsedMs,
      total_instances,
      pass_count,
      fail_count,
      skip_count,
      error_count,
      flaky_count,
      incomplete_count,
      ...others,
      latency_sketch: this.latencies(),
      scenarios: this.#rows.byScenario(({ counts, latencies }) => ({
        ...counts,
        latency_sketch: latencies.record(),
      })),
      files,
    };
  }

  /**
   * Takes the instance that is tried again out of the counts.
   *
   * @returns Whether it is known to have failed.
   */
  #retry(retry_of: string, passed: boolean | null): boolean {
    const at = this.#index.indexOf(retry_of);
    const value = this.#known.get(at);
    let known = value % ROW;
    const failed = (known & FAILED) !== 0;
    const counts = !(known & RETRIED) && this.#completed.has(retry_of);
    if (counts) this.#count(known, Math.floor(value / ROW), -1);
    known |= passed ? RETRIED | PASSED_ON_RETRY : RETRIED;
    this.#known.set(at, value - value % ROW + known);
    return failed;
  }

  #count(known: number, row: number, step: 1 | -1): void {
    this.#each(row, (counts) => {
      counts.total_instances += step;
      if (known & FAILED) counts.fail_count += step;
      else if (known & SKIPPED) counts.skip_count += step;
      else counts.pass_count += step;
      if (known & WITH_ERROR) counts.error_count += step;
      if (known & FLAKY) counts.flaky_count += step;
    });
  }

  #each(row: number, change: (counts: ScenarioCounts) => void): void {
    change(this.#rows.all.counts);
    change(this.#rows.at(row).counts);
  }

  /** Where the latencies of an instance are counted beside all. */
  #latenciesOf(instance_id: string): LatencySketch {
    let waiting = this.#waiting.get(instance_id);
    if (waiting) return waiting;
    if (this.#completed.has(instance_id)) {
      const known = this.#known.get(this.#index.indexOf(instance_id));
      return this.#rows.at(Math.floor(known / ROW)).latencies;
    }
    this.#waiting.set(instance_id, waiting = new LatencySketch());
    return waiting;
  }
}

/** The totals that a summary holds. */
export function totalsOf(summary: Summary): RunTotals {
  const { run_id, status, completed_at, duration_ms, ...counts } = summary;
  const { incomplete_count, latency_sketch, files, ...totals } = counts;
  void [run_id, status, completed_at, duration_ms];
  void [incomplete_count, latency_sketch, files];
  return { ...totals, scenarios: countsOfScenarios(summary) };
}

/** The counts of each scenario in a summary, without its latencies. */
export function countsOfScenarios(
  { scenarios }: Pick<Summary, "scenarios">,
): Record<string, ScenarioCounts> {
  return Object.fromEntries(
    Object.entries(scenarios).map(([id, { latency_sketch: _, ...counts }]) => [
      id,
      counts,
    ]),
  );
}
