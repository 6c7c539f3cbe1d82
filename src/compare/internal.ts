/**
 * What other folders use of `compare/` that is not public.
 *
 * @module
 */
export {
  type ComparedInstances,
  compareInstances,
  type InstanceChange,
} from "./compare_runs.ts";
