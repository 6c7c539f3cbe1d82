/**
 * Exports of `analyze/` for other folders, which are not public.
 *
 * @module
 */
export { causeKey, FailureCollector } from "./failures.ts";
export { StepCounters } from "./step_statistics.ts";
