/**
 * Collects the index of a report: every instance in columns, the steps by name, and
 * the run over time.
 *
 * @module
 */
import {
  analyzeRun,
  type FailureCause,
  instanceVerdict,
} from "../analyze/mod.ts";
import { StepCounters } from "../analyze/internal.ts";
import type { InstanceRecord, StartRecord } from "../format/records.ts";
import type { RunReader } from "../read/mod.ts";
import { TimelineBuilder } from "./timeline.ts";
import {
  type InstanceColumns,
  type ReportCause,
  type ReportIndex,
  VERDICTS,
} from "./model.ts";

/** What the report writer needs besides the index. */
export interface Collected {
  index: Omit<ReportIndex, "name" | "state" | "writtenAt" | "damage">;
  /** Place of each instance in the columns. */
  placeOf: Map<string, number>;
  /** Number of records of each instance, its own line not counted. */
  recordCounts: Uint32Array;
}

/**
 * Reads a run twice: for the causes of failures, and for everything else.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`, unless the
 * run was opened with `onDamage`
 */
export async function collect(run: RunReader): Promise<Collected> {
  const { failures } = await analyzeRun(run);
  const causes = grouped(failures.causes);
  const causeOf = new Map<string, number>();
  const causeKeys = new Map(causes.map((cause, i) => [keyOf(cause), i]));
  for (const failure of failures.instances) {
    const cause = causeKeys.get(keyOf(failure));
    if (cause !== undefined) causeOf.set(failure.instance_id, cause);
  }
  const columns = new ColumnsBuilder(run.manifest.timestamp, causeOf);
  for await (const records of run.blocks("instances")) {
    for (const record of records) columns.add(record);
  }
  for await (const start of run.started() as AsyncIterable<StartRecord>) {
    columns.addStart(start);
  }
  const { instances, scenarios, placeOf } = columns.sorted();
  const recordCounts = new Uint32Array(instances.id.length);
  const time = new TimelineBuilder(instances);
  const counters = new StepCounters();
  for await (const steps of run.blocks("steps")) {
    for (const step of steps) {
      const { instance_id, timestamp, observation } = step;
      const place = placeOf.get(instance_id);
      if (place !== undefined) {
        instances.steps[place]!++;
        recordCounts[place]!++;
      }
      const { latency_ms } = observation;
      const latencyMs = typeof latency_ms === "number" ? latency_ms : undefined;
      counters.add(step);
      time.addStep(timestamp, latencyMs, run.manifest.timestamp);
    }
  }
  for await (const assertions of run.blocks("assertions")) {
    for (const { instance_id } of assertions) {
      const place = placeOf.get(instance_id);
      if (place !== undefined) recordCounts[place]!++;
    }
  }
  return {
    index: {
      manifest: run.manifest,
      summary: run.summary,
      scenarios,
      instances,
      causes,
      steps: counters.statistics(),
      timeline: time.timeline(),
      omitted: 0,
    },
    placeOf,
    recordCounts,
  };
}

function keyOf(
  { step_name, status_code, assertion_name, reason }: Pick<
    FailureCause,
    "step_name" | "status_code" | "assertion_name" | "reason"
  >,
): string {
  const isError = assertion_name === null && step_name === null;
  return JSON.stringify([
    step_name,
    status_code,
    assertion_name,
    isError || assertion_name === null ? likeness(reason) : null,
  ]);
}

/** Causes whose reasons are alike get the number of the first of them. */
function grouped(causes: readonly FailureCause[]): ReportCause[] {
  const groups = new Map<string, number>();
  return causes.map((cause, i) => {
    const like = likeness(cause.reason);
    // Values without words of their own say nothing of what they have in common.
    if (!/[a-z]{2,}.*[a-z]{2,}/.test(like.replace(/^expected .* got /, ""))) {
      return { ...cause, group: i };
    }
    if (!groups.has(like)) groups.set(like, i);
    return { ...cause, group: groups.get(like)! };
  });
}

/**
 * A reason without its values: numbers, ids, quoted texts and addresses. Two
 * reasons that differ in these alone are alike.
 */
export function likeness(reason: string): string {
  return reason.toLowerCase()
    .replaceAll(/"[^"]*"|'[^']*'/g, '""')
    .replaceAll(/\b[0-9a-f]{8,}(?:-[0-9a-f]{4,})*\b/g, "#")
    .replaceAll(/\d+(?:[.:]\d+)*/g, "#")
    .replaceAll(/\s+/g, " ").trim();
}

class ColumnsBuilder {
  readonly #from: number;
  readonly #causeOf: ReadonlyMap<string, number>;
  readonly #scenarios = new Map<string, number>();
  readonly #rows: {
    id: string;
    scenario: number;
    verdict: number;
    key: string | null;
    startMs: number;
    durationMs: number;
    cause: number;
  }[] = [];

  constructor(from: string, causeOf: ReadonlyMap<string, number>) {
    this.#from = Date.parse(from);
    this.#causeOf = causeOf;
  }

  add(record: InstanceRecord): void {
    this.#add(record, instanceVerdict(record), record.duration_ms);
  }

  addStart(start: StartRecord): void {
    this.#add(start, "incomplete", 0);
  }

  #add(
    { instance_id, scenario_id, instance_key, started_at }: Pick<
      InstanceRecord,
      "instance_id" | "scenario_id" | "instance_key" | "started_at"
    >,
    verdict: (typeof VERDICTS)[number],
    durationMs: number,
  ): void {
    if (!this.#scenarios.has(scenario_id)) {
      this.#scenarios.set(scenario_id, this.#scenarios.size);
    }
    this.#rows.push({
      id: instance_id,
      scenario: this.#scenarios.get(scenario_id)!,
      verdict: VERDICTS.indexOf(verdict),
      key: instance_key,
      startMs: Date.parse(started_at) - this.#from,
      durationMs,
      cause: this.#causeOf.get(instance_id) ?? -1,
    });
  }

  sorted() {
    const rows = this.#rows.sort((a, b) =>
      a.startMs - b.startMs || (a.id < b.id ? -1 : 1)
    );
    const instances: InstanceColumns = {
      id: rows.map(({ id }) => id),
      scenario: rows.map(({ scenario }) => scenario),
      verdict: rows.map(({ verdict }) => verdict),
      key: rows.map(({ key }) => key),
      startMs: rows.map(({ startMs }) => startMs),
      durationMs: rows.map(({ durationMs }) => durationMs),
      steps: rows.map(() => 0),
      cause: rows.map(({ cause }) => cause),
      chunk: rows.map(() => -1),
    };
    const placeOf = new Map(instances.id.map((id, i) => [id, i]));
    return { instances, scenarios: [...this.#scenarios.keys()], placeOf };
  }
}
