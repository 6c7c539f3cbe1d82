/**
 * Reads runs back: opens a run, streams its records, follows it.
 *
 * @module
 */
export { ArtifactFile } from "./artifact_file.ts";
export {
  type AssertionFilter,
  type InstanceFilter,
  type StepFilter,
} from "./filters.ts";
export { type RecordsOfKind } from "./filtered_blocks.ts";
export { type FollowedRecord, type FollowOptions } from "./follow_run.ts";
export { type ReadLinesOptions } from "./line_parser.ts";
export { type ListedRun, listRuns } from "./list_runs.ts";
export { type InstanceTrace } from "./instance_trace.ts";
export { openRun, type OpenRunOptions } from "./open_run.ts";
export { type IterableStream } from "./iterable_stream.ts";
export { RunReader } from "./run_reader.ts";
export { type RunState } from "./run_state.ts";
