/**
 * Exports of `record/` for other folders, which are not public.
 *
 * @module
 */
export { loadCurrentStep } from "./current_step.ts";
export { resolveLimits, RunLimitsSchema } from "./limits.ts";
export { RequestsFormSchema } from "./requests_form.ts";
export { type RunFiles } from "./run_logs.ts";
export { ensureDurableDir } from "./run_directory.ts";
export { instancesInFlight } from "./resumed_state.ts";
export { keepIncompleteStarts } from "./started_file.ts";
export { type InFlight, type RunScan } from "./resume_point.ts";
