/**
 * Promises that nobody has to await.
 *
 * @module
 */

/**
 * Keeps the failure of a write from ending the process where its promise is not
 * awaited: `complete()` and `finalize()` report it.
 */
export function unawaited<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
