/**
 * Picks the file system of the runtime at hand.
 *
 * @module
 */
export { type AsyncContext } from "./async_context.ts";
export { asyncContext, fileSystemOf, runtimeFileSystem } from "./runtime.ts";
