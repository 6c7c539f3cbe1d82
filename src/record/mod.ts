/**
 * Records runs: creates a run and writes to it.
 *
 * @module
 */
export { type ArtifactData } from "./artifact_content.ts";
export { createRun, type CreateRunOptions } from "./create_run.ts";
export type {
  AssertionInput,
  ObservationInput,
  StepInput,
  StepResult,
  StepStart,
} from "../format/records.ts";
export { type CompletionInput, type StepOptions } from "./instance_input.ts";
export { InstanceWriter } from "./instance_writer.ts";
export { type RunLimits } from "./limits.ts";
export { recordFetch } from "./record_fetch.ts";
export { type RequestsForm } from "./requests_form.ts";
export { RunningStep } from "./running_step.ts";
export { type StepFetchInit } from "./step_fetch.ts";
export {
  type AssertionDetails,
  StepHandle,
  StepWriter,
} from "./step_writer.ts";
export { type InstanceInFlight, type ResumedState } from "./resumed_state.ts";
export { type RunStats } from "./run_stats.ts";
export { RunWriter } from "./run_writer.ts";
