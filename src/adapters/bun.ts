/**
 * File system adapter for Bun.
 *
 * It is the one of Node: Bun implements `node:fs` natively, and its own `FileSink`
 * neither appends nor syncs.
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
