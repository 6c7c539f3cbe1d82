/**
 * Loads the file system adapter of this runtime.
 *
 * @module
 */
export { runtimeFileSystem } from "./runtime.ts";
