/**
 * Detects the runtime and loads its file system adapter.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";

/**
 * Loads the file system adapter of this runtime.
 *
 * @throws {ArtifactError} `UNSUPPORTED_RUNTIME`
 */
export async function runtimeFileSystem(): Promise<FileSystem> {
  const global = globalThis as Record<string, unknown>;
  if ("Deno" in global) return (await import("./deno.ts")).fileSystem;
  if ("Bun" in global) return (await import("./bun.ts")).fileSystem;
  if ("process" in global) return (await import("./node.ts")).fileSystem;
  throw new ArtifactError(
    "UNSUPPORTED_RUNTIME",
    'Cannot load a file system: this runtime is not Deno, Bun or Node: pass one as "fs"',
  );
}
