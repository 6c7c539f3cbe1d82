/**
 * What other folders use of `analyze/` that is not public.
 *
 * @module
 */
export { histogramOf } from "./histogram.ts";
