/**
 * The data of a report: written by `writeReport`, read by its page.
 *
 * @module
 */
import type { FailureCause, StepStatistics } from "../analyze/mod.ts";
import type { ChangeKind, RunComparison } from "../compare/mod.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StartRecord,
  StepRecord,
  Summary,
} from "../format/records.ts";
import type { JsonValue } from "../json/value.ts";

/** How an instance ended, by its number in {@linkcode InstanceColumns.verdict}. */
export const VERDICTS = [
  "passed",
  "failed",
  "error",
  "none",
  "incomplete",
] as const;

/** All instances of a run, in the order of starting: one array for each field. */
export interface InstanceColumns {
  id: string[];
  /** Index in {@linkcode ReportIndex.scenarios}. */
  scenario: number[];
  /** Index in {@linkcode VERDICTS}. */
  verdict: number[];
  key: (string | null)[];
  /** Milliseconds from the start of the run. */
  startMs: number[];
  durationMs: number[];
  steps: number[];
  /** Index in {@linkcode ReportIndex.causes}; -1 for none. */
  cause: number[];
}

/** How an instance differs from its pair, by its number in the columns. */
export const CHANGES: readonly (ChangeKind | null)[] = [
  null,
  "changedInstance",
  "newlyFailing",
  "newlyPassing",
  "newlySkipped",
  "extraFailing",
  "extraInstance",
  "extraAttempt",
];

/** Of each instance of a run that is compared: its pair in the earlier run. */
export interface InstanceChanges {
  /** Index in {@linkcode CHANGES}. */
  change: number[];
  /** Index in {@linkcode VERDICTS}; -1 without a pair. */
  beforeVerdict: number[];
  beforeMs: number[];
  /** Id of its pair, where that is another one; else null. */
  beforeId: (string | null)[];
  /** Which chunk has the records of its pair; -1 where they were left out. */
  beforeChunk: number[];
}

/** How a run differs from an earlier one. */
export interface ReportComparison extends
  Pick<
    RunComparison,
    "counts" | "causes" | "passRate" | "latency" | "slowdowns"
  > {
  /** Of the earlier run. */
  run_id: string;
  /** Its name for commands. */
  name: string;
  timestamp: string;
  isIdentical: boolean;
  ignoredCount: number;
  /** The steps of the earlier run. */
  steps: StepStatistics[];
}

/** A cause of failures, and the causes that it is like. */
export interface ReportCause extends FailureCause {
  /** Causes whose reasons differ in values only have the same number. */
  group: number;
}

/** The run over time, in slices of equal length. */
export interface Timeline {
  sliceMs: number;
  inFlight: number[];
  completed: number[];
  failed: number[];
  p50Ms: (number | null)[];
  p95Ms: (number | null)[];
}

/** What a report says of its run, besides its instances. */
export interface ReportIndex {
  manifest: Manifest;
  /** `"completed"`, `"interrupted"`, `"running"` or `"crashed"`. */
  state: string;
  summary: Summary | null;
  /** The name of the run for commands. */
  name: string;
  /** When the report was written. */
  writtenAt: string;
  scenarios: string[];
  /** Of each instance: which chunk has its records; -1 where they were left out. */
  chunk: number[];
  causes: ReportCause[];
  steps: StepStatistics[];
  timeline: Timeline | null;
  /** What could not be read of the run. */
  damage: string[];
  /** Number of instances whose records were left out. */
  omitted: number;
  /** Null where the run is compared with no other. */
  comparison: ReportComparison | null;
}

/** A file of an instance. */
export interface ReportFile {
  path: string;
  bytes: number;
  /** Base64 of an image that is shown in its place; left out for others. */
  image?: { type: string; base64: string };
}

/** A step with what was sent and what came back, where the record has it not. */
export interface ReportStep {
  record: StepRecord;
  request?: JsonValue;
  response?: JsonValue;
}

/** A step with what was sent and what came back, whatever form they had. */
export function withMessages(step: ReportStep): ReportStep {
  const { request, response } = step.record;
  return {
    ...(request !== undefined && { request }),
    ...(response !== undefined && { response }),
    ...step,
  };
}

/** All records of one instance. */
export interface InstanceDetails {
  id: string;
  instance: InstanceRecord | null;
  start: StartRecord | null;
  steps: ReportStep[];
  assertions: AssertionRecord[];
  files: ReportFile[];
}
