/**
 * Counts the records of a run, and makes its summary.
 *
 * @module
 */
import { InstanceIds, type ReadonlyInstanceIds } from "./instance_ids.ts";
import { LatencySketch, type LatencySketchRecord } from "./latency_sketch.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  RunSeal,
  ScenarioSummary,
  StepRecord,
  Summary,
} from "./records.ts";

/** How many scenarios a summary counts one by one. */
export const SCENARIOS_MAX = 1000;

/** The name in {@linkcode Summary.scenarios} that counts all further scenarios. */
export const OTHER_SCENARIOS = "(other)";

/** Live totals of a run: the counts of its {@linkcode Summary} so far. */
export type RunTotals = Omit<
  Summary,
  | "run_id"
  | "status"
  | "completed_at"
  | "duration_ms"
  | "incomplete_count"
  | "latency_sketch"
  | "files"
>;

/** What counts of an instance. */
export type CountedInstance = Pick<
  InstanceRecord,
  "instance_id" | "scenario_id" | "retry_of" | "passed" | "error"
>;

/**
 * Counts records, in whatever order they come. An instance that another names in
 * `retry_of` counts no longer: the last attempt is the verdict. So it is kept of
 * each instance how it ended: some bits for a counted id.
 */
export class Tally {
  readonly #all = noInstances();
  readonly #scenarios = new Map<string, ScenarioSummary>();
  readonly #latencies = new LatencySketch();
  #steps = 0;
  #failedSteps = 0;
  #assertionsPassed = 0;
  #assertionsFailed = 0;

  readonly #completed = new InstanceIds();
  readonly #failed = new InstanceIds();
  readonly #skipped = new InstanceIds();
  readonly #withError = new InstanceIds();
  readonly #flaky = new InstanceIds();
  /** Instances that were tried again, whether or not they were seen. */
  readonly #retried = new InstanceIds();
  /** Those of them whose retry has passed. */
  readonly #passedOnRetry = new InstanceIds();

  /** @param scenario_ids Scenarios that are listed even when none was executed. */
  constructor(scenario_ids: readonly string[]) {
    for (const id of scenario_ids) this.#scenarios.set(id, noInstances());
  }

  /** Instances that were counted, those that were tried again included. */
  get completed(): ReadonlyInstanceIds {
    return this.#completed;
  }

  /** Number of completed instances that were tried again: they count no longer. */
  get retriedCount(): number {
    return this.#completed.size - this.#all.total_instances;
  }

  /** Counts a completed instance. */
  addInstance(record: CountedInstance): void {
    const { instance_id, scenario_id, retry_of, passed, error } = record;
    this.#completed.add(instance_id);
    if (retry_of !== null) this.#retry(retry_of, scenario_id, passed);
    if (passed === false) this.#failed.add(instance_id);
    if (this.#retried.has(instance_id)) {
      // Its retry was recorded before it.
      if (passed === false && this.#passedOnRetry.has(instance_id)) {
        this.#each(scenario_id, (counts) => counts.flaky_count++);
      }
      return;
    }
    const isFlaky = passed === true && retry_of !== null &&
      this.#failed.has(retry_of);
    if (passed === null) this.#skipped.add(instance_id);
    if (error !== null) this.#withError.add(instance_id);
    if (isFlaky) this.#flaky.add(instance_id);
    this.#count(instance_id, scenario_id, 1);
  }

  /** Counts a step and its latency. */
  addStep(record: Pick<StepRecord, "observation">): void {
    this.#steps++;
    const { ok, latency_ms } = record.observation;
    if (ok === false) this.#failedSteps++;
    if (typeof latency_ms === "number") this.#latencies.add(latency_ms);
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
    >,
  ): void {
    this.#steps += summary.total_steps;
    this.#failedSteps += summary.failed_steps;
    this.#assertionsPassed += summary.assertions_passed;
    this.#assertionsFailed += summary.assertions_failed;
    this.#latencies.addSketch(summary.latency_sketch);
  }

  /** The totals so far. */
  totals(): RunTotals {
    const { pass_count, fail_count } = this.#all;
    const judged = pass_count + fail_count;
    return {
      ...this.#all,
      pass_rate: judged === 0 ? 0 : 100 * pass_count / judged,
      total_steps: this.#steps,
      failed_steps: this.#failedSteps,
      total_assertions: this.#assertionsPassed + this.#assertionsFailed,
      assertions_passed: this.#assertionsPassed,
      assertions_failed: this.#assertionsFailed,
      p50_latency_ms: this.#latencies.quantile(0.50),
      p95_latency_ms: this.#latencies.quantile(0.95),
      p99_latency_ms: this.#latencies.quantile(0.99),
      scenarios: this.#scenarioTotals(),
    };
  }

  /** The latencies so far, counted by bucket. */
  latencies(): LatencySketchRecord {
    return this.#latencies.record();
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
    const { error_count, flaky_count, scenarios, ...others } = rest;
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
      scenarios,
      files,
    };
  }

  /** Takes the instance that is tried again out of the counts. */
  #retry(
    retry_of: string,
    scenario_id: string,
    passed: boolean | null,
  ): void {
    if (passed) this.#passedOnRetry.add(retry_of);
    if (this.#retried.has(retry_of)) return;
    this.#retried.add(retry_of);
    if (this.#completed.has(retry_of)) this.#count(retry_of, scenario_id, -1);
  }

  #count(instance_id: string, scenario_id: string, step: 1 | -1): void {
    const failed = this.#failed.has(instance_id);
    const skipped = this.#skipped.has(instance_id);
    const withError = this.#withError.has(instance_id);
    const flaky = this.#flaky.has(instance_id);
    this.#each(scenario_id, (counts) => {
      counts.total_instances += step;
      if (failed) counts.fail_count += step;
      else if (skipped) counts.skip_count += step;
      else counts.pass_count += step;
      if (withError) counts.error_count += step;
      if (flaky) counts.flaky_count += step;
    });
  }

  #each(scenario_id: string, change: (counts: ScenarioSummary) => void): void {
    let scenario = this.#scenarios.get(scenario_id);
    if (!scenario && this.#scenarios.size >= SCENARIOS_MAX) {
      scenario_id = OTHER_SCENARIOS;
      scenario = this.#scenarios.get(scenario_id);
    }
    if (!scenario) {
      scenario = noInstances();
      this.#scenarios.set(scenario_id, scenario);
    }
    change(this.#all);
    change(scenario);
  }

  /** In the order of the ids, so that no order of completion shows. */
  #scenarioTotals(): Record<string, ScenarioSummary> {
    const ids = [...this.#scenarios.keys()].sort();
    return Object.fromEntries(
      ids.map((id) => [id, { ...this.#scenarios.get(id)! }]),
    );
  }
}

/** The totals that a summary holds. */
export function totalsOf(summary: Summary): RunTotals {
  const { run_id, status, completed_at, duration_ms, ...counts } = summary;
  const { incomplete_count, latency_sketch, files, ...totals } = counts;
  void [run_id, status, completed_at, duration_ms];
  void [incomplete_count, latency_sketch, files];
  return totals;
}

function noInstances(): ScenarioSummary {
  return {
    total_instances: 0,
    pass_count: 0,
    fail_count: 0,
    skip_count: 0,
    error_count: 0,
    flaky_count: 0,
  };
}
