/**
 * A value that goes with a chain of asynchronous calls, on every runtime that has
 * `node:async_hooks`: Deno, Bun and Node do.
 *
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks";

/** A value that goes with a chain of asynchronous calls. */
export interface AsyncContext<T> {
  /** Runs work, and all that follows from it, with a value. */
  run<R>(value: T, work: () => R): R;
  /** The value at hand. */
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
