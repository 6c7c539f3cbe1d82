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

/**
 * Gives a value when a write is done, as {@linkcode unawaited} does. Only where
 * it fails is there a second promise: one for each record would slow all down.
 */
export function unawaitedAfter<T>(
  written: Promise<void>,
  value: T,
): Promise<T> {
  const promise: Promise<T> = written.then(() => value, (error) => {
    unawaited(promise);
    throw error;
  });
  return promise;
}
