/**
 * Compares runs, and fingerprints them.
 *
 * @module
 */
export { type ChangeCause, type ChangeCauses } from "./causes.ts";
export { type ChangeGroup } from "./change_groups.ts";
export { compareRuns, type CompareRunsOptions } from "./compare_runs.ts";
export { type RunComparison } from "./run_comparison.ts";
export { fingerprintRun } from "./fingerprint_run.ts";
export { type LatencyPercentiles, type LatencyShift } from "./latencies.ts";
export { type StepSlowdown } from "./latency_pairs.ts";
export { type ChangeKind, type RunChange } from "./run_changes.ts";
