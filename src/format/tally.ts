/**
 * The totals of a run, kept up record by record in bounded memory.
 *
 * @module
 */
import { LatencySketch } from "./latency_sketch.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  ScenarioSummary,
  StepRecord,
  Summary,
} from "./records.ts";

/** Live totals of a run: the counts of its {@linkcode Summary} so far. */
export type RunTotals = Omit<
  Summary,
  "run_id" | "status" | "completed_at" | "duration_ms"
>;

/** Counts records, and makes the summary of what it counted. */
export class Tally {
  readonly #all = noInstances();
  readonly #scenarios = new Map<string, ScenarioSummary>();
  readonly #latencies = new LatencySketch();
  #steps = 0;
  #assertions_passed = 0;
  #assertions_failed = 0;

  /** @param scenario_ids Scenarios that are listed even when none was executed. */
  constructor(scenario_ids: readonly string[]) {
    for (const id of scenario_ids) this.#scenarios.set(id, noInstances());
  }

  /** Counts a completed instance. */
  addInstance(
    record: Pick<InstanceRecord, "scenario_id" | "passed" | "error">,
  ): void {
    let scenario = this.#scenarios.get(record.scenario_id);
    if (!scenario) {
      scenario = noInstances();
      this.#scenarios.set(record.scenario_id, scenario);
    }
    for (const counts of [this.#all, scenario]) {
      counts.total_instances++;
      if (record.passed === true) counts.pass_count++;
      if (record.passed === false) counts.fail_count++;
      if (record.error !== null) counts.error_count++;
    }
  }

  /** Counts a step and its latency. */
  addStep(record: Pick<StepRecord, "observation">): void {
    this.#steps++;
    const { latency_ms } = record.observation;
    if (typeof latency_ms === "number") this.#latencies.add(latency_ms);
  }

  /** Counts an assertion. */
  addAssertion(record: Pick<AssertionRecord, "passed">): void {
    if (record.passed) this.#assertions_passed++;
    else this.#assertions_failed++;
  }

  /** The totals so far. */
  totals(): RunTotals {
    const { total_instances, pass_count } = this.#all;
    return {
      ...this.#all,
      pass_rate: total_instances === 0 ? 0 : 100 * pass_count / total_instances,
      total_steps: this.#steps,
      total_assertions: this.#assertions_passed + this.#assertions_failed,
      assertions_passed: this.#assertions_passed,
      assertions_failed: this.#assertions_failed,
      p50_latency_ms: this.#latencies.quantile(0.50),
      p95_latency_ms: this.#latencies.quantile(0.95),
      p99_latency_ms: this.#latencies.quantile(0.99),
      scenarios: this.#scenarioTotals(),
    };
  }

  /** The summary of a run that ends at `completed_at`, in the order of the format. */
  summary(
    manifest: Manifest,
    status: Summary["status"],
    completed_at: string,
  ): Summary {
    const elapsedMs = Date.parse(completed_at) -
      Date.parse(manifest.timestamp);
    return {
      run_id: manifest.run_id,
      status,
      completed_at,
      // A clock that was set back must not make a duration negative.
      duration_ms: Math.max(0, elapsedMs),
      ...this.totals(),
    };
  }

  /** In the order of the ids, so that no order of completion shows. */
  #scenarioTotals(): Record<string, ScenarioSummary> {
    const ids = [...this.#scenarios.keys()].sort();
    return Object.fromEntries(
      ids.map((id) => [id, { ...this.#scenarios.get(id)! }]),
    );
  }
}

function noInstances(): ScenarioSummary {
  return { total_instances: 0, pass_count: 0, fail_count: 0, error_count: 0 };
}
