/**
 * What other folders use of `analyze/` that is not public.
 *
 * @module
 */
export { causeKey, FailureCollector } from "./failures.ts";
export { StepCounters } from "./step_statistics.ts";
