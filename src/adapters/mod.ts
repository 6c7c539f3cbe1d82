/**
 * Loads the file system adapter of this runtime.
 *
 * @module
 */
export { type AsyncContext } from "./async_context.ts";
export { fileSystemOf } from "./file_system_of.ts";
export { asyncContext } from "./load_async_context.ts";
export { runtimeFileSystem } from "./runtime.ts";
