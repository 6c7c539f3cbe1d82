/**
 * Carries a value along a chain of asynchronous calls, on every runtime that has
 * `node:async_hooks`: Deno, Bun and Node do.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** Carries a value along a chain of asynchronous calls. */
export interface AsyncContext<T> {
  /** Runs a function with a value, and all asynchronous calls that it starts. */
  run<R>(value: T, work: () => R): R;
  /** The value of the current call. */
  get(): T | undefined;
}

/** Makes one. */
export function createAsyncContext<T>(): AsyncContext<T> {
  const storage = new AsyncLocalStorage<T>();
  return {
    run: (value, work) => storage.run(value, work),
    get: () => storage.getStore(),
  };
}
