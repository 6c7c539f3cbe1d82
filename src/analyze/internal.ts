/**
 * What other folders use of `analyze/` that is not public.
 *
 * @module
 */
export { type Digest, digestRun } from "./digest_run.ts";
export { type Failures, isFailed, reasonOf } from "./failures.ts";
export { type Histogram } from "./histogram.ts";
export { type InFlight } from "./in_flight.ts";
