/**
 * The file system of Bun: that of `node:fs`, which Bun implements natively. Its
 * own `FileSink` neither appends nor syncs.
 *
 * @example
 * ```ts
 * import { createRun } from "@windtunnel/artifacts";
 * import { fileSystem } from "@windtunnel/artifacts/bun";
 *
 * const run = await createRun({ sut_name: "ecommerce", fs: fileSystem });
 * await run.finalize();
 * ```
 *
 * @module
 */
export { fileSystem } from "./node.ts";
