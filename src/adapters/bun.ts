/**
 * The file system of Bun: that of `node:fs`, which Bun implements natively. Its
 * own `FileSink` neither appends nor syncs.
 *
 * @example
 * ```ts ignore
 * import { openRun } from "@windtunnel/artifacts";
 * import { fileSystem } from "@windtunnel/artifacts/bun";
 *
 * const run = await openRun("runs/run_20240115_001", { fs: fileSystem });
 * ```
 *
 * @module
 */
export { fileSystem } from "./node.ts";
