/**
 * Loads the runtime's asynchronous context.
 *
 * @module
 */
import type { AsyncContext } from "./async_context.ts";

/** The runtime's asynchronous context; undefined where it has none. */
export async function asyncContext<T>(): Promise<AsyncContext<T> | undefined> {
  if (!("process" in globalThis)) return undefined;
  return (await import("./async_context.ts")).createAsyncContext<T>();
}
