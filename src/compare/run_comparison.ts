/**
 * The result of a comparison of two runs.
 *
 * @module
 */
import type { ChangeCauses } from "./causes.ts";
import type { LatencyShift } from "./latencies.ts";
import type { StepSlowdown } from "./latency_pairs.ts";
import type { ChangeKind, RunChange } from "./run_changes.ts";

/** Result of `compareRuns`. */
export interface RunComparison {
  /**
   * Whether nothing has changed, apart from latencies, other volatile fields and
   * the ignored paths; see `ignoredCount`.
   */
  identical: boolean;
  /** Number of changes of each kind. */
  counts: Record<ChangeKind, number>;
  /**
   * The changes, by kind and instance: the first 1000 of each kind, and at most
   * about 16 MB in all.
   */
  changes: RunChange[];
  /** The changes by cause: which explains which. */
  causes: ChangeCauses;
  /** Number of records that differ in ignored paths alone. */
  ignoredCount: number;
  /**
   * Percentage of instances that passed, by the last attempt at each; null where
   * none has a verdict.
   */
  passRate: {
    /** Of the first run. */
    a: number | null;
    /** Of the second run. */
    b: number | null;
  };
  /**
   * Number of lines that were not compared: steps and assertions of an attempt
   * that was made before the run was interrupted, and again afterwards.
   */
  abandoned: {
    /** Of the first run. */
    a: number;
    /** Of the second run. */
    b: number;
  };
  /** Latencies of all steps. */
  latency: LatencyShift;
  /** Latencies by step name; the first 100 names. */
  latencyByStep: Record<string, LatencyShift>;
  /**
   * Which steps became slower by more than noise, by step name: of the names with
   * 20 pairs or more, where there are two of them at least.
   */
  slowdowns: Record<string, StepSlowdown>;
}
