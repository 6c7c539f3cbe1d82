/**
 * Picks the file system of the runtime at hand.
 *
 * @module
 */
export { runtimeFileSystem } from "./runtime.ts";
