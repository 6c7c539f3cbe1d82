/**
 * Picks the adapter of the runtime at hand: the one place of the core that asks
 * which runtime this is.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";

/**
 * Loads the adapter of this runtime.
 *
 * @throws {ArtifactError} `UNSUPPORTED_RUNTIME`
 */
export async function runtimeFileSystem(): Promise<FileSystem> {
  const global = globalThis as Record<string, unknown>;
  if ("Deno" in global) return (await import("./deno.ts")).fileSystem;
  if ("Bun" in global) return (await import("./bun.ts")).fileSystem;
  if ("process" in global) {
    return (await import("./node.ts")).fileSystem;
  }
  throw new ArtifactError(
    "UNSUPPORTED_RUNTIME",
    'Cannot find a file system: this is neither Deno, Bun nor Node: pass one as "fs"',
  );
}
