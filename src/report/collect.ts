/**
 * Collects the index of a report in one pass over the records: every instance in
 * columns, why instances failed, the steps by name, and the run over time.
 *
 * @module
 */
import { instanceVerdict } from "../analyze/mod.ts";
import {
  causeKey,
  FailureCollector,
  StepCounters,
} from "../analyze/internal.ts";
import type { RunReader } from "../read/mod.ts";
import { groupedCauses } from "./cause_groups.ts";
import { InstanceTable } from "./instance_table.ts";
import type { ReportIndex } from "./model.ts";
import { TimelineBuilder } from "./timeline.ts";

/** What the report writer knows of a run before it writes its records. */
export interface Collected {
  index: Pick<
    ReportIndex,
    "manifest" | "summary" | "scenarios" | "causes" | "steps" | "timeline"
  >;
  instances: InstanceTable;
}

/**
 * Reads all records of a run once.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`, unless the
 * run was opened with `onDamage`
 */
export async function collect(run: RunReader): Promise<Collected> {
  const { timestamp: from } = run.manifest;
  const instances = new InstanceTable(from);
  const failures = new FailureCollector();
  for await (const records of run.blocks("instances")) {
    for (const record of records) {
      const verdict = instanceVerdict(record);
      if (!instances.add(record, verdict, record.duration_ms)) continue;
      failures.addInstance(record);
    }
  }
  for await (const start of run.started()) {
    instances.add(start, "incomplete", 0);
  }
  instances.sort();
  for await (const assertions of run.blocks("assertions")) {
    for (const assertion of assertions) {
      failures.addAssertion(assertion);
      const place = instances.placeOf(assertion.instance_id);
      if (place !== -1) instances.assertions[place]!++;
    }
  }
  const time = new TimelineBuilder(instances, from);
  const counters = new StepCounters();
  for await (const steps of run.blocks("steps")) {
    for (const step of steps) {
      failures.addStep(step);
      counters.add(step);
      time.addStep(step);
      const place = instances.placeOf(step.instance_id);
      if (place !== -1) instances.steps[place]!++;
    }
  }
  const failed = failures.failures();
  const numbers = new Map(
    failed.causes.map((cause, number) => [causeKey(cause), number]),
  );
  for (const failure of failed.instances) {
    const place = instances.placeOf(failure.instance_id);
    instances.cause[place] = numbers.get(causeKey(failure)) ?? -1;
  }
  return {
    index: {
      manifest: run.manifest,
      summary: run.summary,
      scenarios: instances.scenarios,
      causes: groupedCauses(failed.causes),
      steps: counters.statistics(),
      timeline: time.timeline(),
    },
    instances,
  };
}
