/**
 * Records runs: creates a run and writes to it.
 *
 * @module
 */
export { type ArtifactData } from "./artifact_content.ts";
export { createRun, type CreateRunOptions } from "./create_run.ts";
export {
  type AssertionInput,
  type CompletionInput,
  type StepInput,
} from "./instance_input.ts";
export { InstanceWriter } from "./instance_writer.ts";
export { type RunLimits } from "./limits.ts";
export { type ResumedState, type RunStats, RunWriter } from "./run_writer.ts";
