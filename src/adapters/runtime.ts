/**
 * Picks the adapter of the runtime at hand: the one place of the core that asks
 * which runtime this is.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { anchored } from "../storage/anchored.ts";
import type { AsyncContext } from "./async_context.ts";
import type { FileSystem } from "../storage/file_system.ts";

/**
 * The file system to use: the one that is given, or the runtime's. Relative paths
 * are below the working directory of now, whatever becomes of it later.
 *
 * @throws {ArtifactError} `UNSUPPORTED_RUNTIME`
 */
export async function fileSystemOf(
  given: FileSystem | undefined,
): Promise<FileSystem> {
  return anchored(given ?? await runtimeFileSystem());
}

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

/** Loads the runtime's asynchronous context; undefined where it has none. */
export async function asyncContext<T>(): Promise<AsyncContext<T> | undefined> {
  if (!("process" in globalThis)) return undefined;
  return (await import("./async_context.ts")).createAsyncContext<T>();
}
