/**
 * Copies instances out of runs.
 *
 * @module
 */
export { exportInstance } from "./export_instance.ts";
