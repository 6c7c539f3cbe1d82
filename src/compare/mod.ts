/**
 * Compares runs, and fingerprints them.
 *
 * @module
 */
export { compareRuns } from "./compare_runs.ts";
export { type RunComparison } from "./comparison.ts";
export { fingerprintRun } from "./fingerprint_run.ts";
export { type LatencyPercentiles, type LatencyShift } from "./latencies.ts";
export { type ChangeKind, type RunChange } from "./run_changes.ts";
