/**
 * A whole run in one pass over its files, in bounded memory.
 *
 * @module
 */
import type { RunReader } from "../read/mod.ts";
import { type RunTotals, Tally } from "../format/tally.ts";
import { Failures } from "./failures.ts";
import { InFlight } from "./in_flight.ts";
import { Histogram } from "./histogram.ts";

/** What {@linkcode digestRun} tells. */
export interface Digest {
  /** Counted from the lines. */
  totals: RunTotals;
  /** Of `observation.latency_ms`. */
  latencies: Histogram;
  /** What failed, and why. */
  failures: Failures;
  /** What never completed. */
  inFlight: InFlight;
}

/** How {@linkcode digestRun} reads. */
export interface DigestOptions {
  /** Called for each record that was read. */
  onRecord?: () => void;
}

/**
 * Reads every record of a run.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function digestRun(
  run: RunReader,
  { onRecord = () => {} }: DigestOptions = {},
): Promise<Digest> {
  const tally = new Tally(run.manifest.scenario_ids);
  const latencies = new Histogram();
  const failures = new Failures();
  const inFlight = new InFlight();
  for await (const record of run.instances()) {
    onRecord();
    tally.addInstance(record);
    failures.addInstance(record);
    inFlight.addInstance(record.instance_id);
  }
  for await (const record of run.assertions()) {
    onRecord();
    tally.addAssertion(record);
    failures.addAssertion(record);
    inFlight.addAssertion(record.instance_id);
  }
  for await (const record of run.steps()) {
    onRecord();
    tally.addStep(record);
    failures.addStep(record);
    inFlight.addStep(record);
    const { latency_ms } = record.observation;
    if (typeof latency_ms === "number") latencies.add(latency_ms);
  }
  return { totals: tally.totals(), latencies, failures, inFlight };
}
