/**
 * Compares runs, and fingerprints them.
 *
 * @module
 */
export { compareRuns, type RunComparison } from "./compare_runs.ts";
export { fingerprintRun } from "./fingerprint_run.ts";
export { type LatencyPercentiles, type LatencyShift } from "./latencies.ts";
export { type ChangeKind, type RunChange } from "./run_changes.ts";
