/**
 * Loads the file system adapter of this runtime.
 *
 * @module
 */
export { type AsyncContext } from "./async_context.ts";
export { fileSystemOf } from "./file_system_of.ts";
export { asyncContext } from "./load_async_context.ts";
export { loadSha256 } from "./load_sha256.ts";
export { onProcessExit } from "./process_exit.ts";
export { type Sha256 } from "./sha256.ts";
export { runtimeFileSystem } from "./runtime.ts";
