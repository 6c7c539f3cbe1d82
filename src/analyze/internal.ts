/**
 * What other folders use of `analyze/` that is not public.
 *
 * @module
 */
export { StepCounters } from "./step_statistics.ts";
