/**
 * Makes runs of runs: copies instances out of one, merges several.
 *
 * @module
 */
export { exportInstance } from "./export_instance.ts";
export { type MergedArtifacts } from "./merge_artifacts.ts";
export {
  type MergedRun,
  mergeRuns,
  type MergeRunsOptions,
} from "./merge_runs.ts";
