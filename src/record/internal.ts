/**
 * What other folders use of `record/` that is not public.
 *
 * @module
 */
export { resolveLimits, RunLimitsSchema } from "./limits.ts";
export { type RunFiles } from "./run_logs.ts";
export { type RunScan } from "./resume_point.ts";
