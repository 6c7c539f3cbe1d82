/**
 * Counts instances and latencies by scenario, and of all.
 *
 * @module
 */
import { LatencySketch } from "./latency_sketch.ts";
import type { ScenarioCounts } from "./records.ts";

/** How many scenarios a summary counts one by one. */
export const SCENARIOS_MAX = 1000;

/** The name in {@linkcode Summary.scenarios} that counts all further scenarios. */
export const OTHER_SCENARIOS = "(other)";

/** What is counted of a scenario, or of all. */
export interface Row {
  /** Its instances. */
  counts: ScenarioCounts;
  /** The latencies of its steps. */
  latencies: LatencySketch;
}

/** A row for each scenario, and one for all. */
export class ScenarioRows {
  /** What is counted of all. */
  readonly all: Row = newRow();
  readonly #rows: Row[] = [];
  readonly #indexes = new Map<string, number>();

  /** @param scenario_ids Scenarios that have a row from the start. */
  constructor(scenario_ids: readonly string[]) {
    for (const id of new Set(scenario_ids)) this.#add(id);
  }

  /** Returns the index of a scenario; beyond the first ones, that of all others. */
  indexOf(scenario_id: string): number {
    const index = this.#indexes.get(scenario_id);
    if (index !== undefined) return index;
    return this.#indexes.size < SCENARIOS_MAX
      ? this.#add(scenario_id)
      : this.#indexes.get(OTHER_SCENARIOS) ?? this.#add(OTHER_SCENARIOS);
  }

  /** Returns the row at an index. */
  at(index: number): Row {
    return this.#rows[index]!;
  }

  /** Maps each row, in the order of the ids, so that no order of completion shows. */
  byScenario<T>(of: (row: Row) => T): Record<string, T> {
    const ids = [...this.#indexes.keys()].sort();
    return Object.fromEntries(
      ids.map((id) => [id, of(this.at(this.#indexes.get(id)!))]),
    );
  }

  #add(scenario_id: string): number {
    const index = this.#rows.push(newRow()) - 1;
    this.#indexes.set(scenario_id, index);
    return index;
  }
}

function newRow(): Row {
  const counts = {
    total_instances: 0,
    pass_count: 0,
    fail_count: 0,
    skip_count: 0,
    error_count: 0,
    flaky_count: 0,
  };
  return { counts, latencies: new LatencySketch() };
}
