/**
 * So many at once, begun in order.
 *
 * @module
 */

/**
 * Calls `work` with 1 to `count`, up to `concurrency` calls at a time. A number
 * is taken and its work begun in one go, so work begins in the order of the
 * numbers. After a failure nothing new is begun, and what is under way ends
 * before the failure is thrown.
 */
export async function runPool(
  count: number,
  concurrency: number,
  work: (number: number) => Promise<void>,
): Promise<void> {
  let next = 1;
  const worker = async () => {
    try {
      while (next <= count) await work(next++);
    } catch (error) {
      next = count + 1;
      throw error;
    }
  };
  const workers = Array.from({ length: Math.min(concurrency, count) }, worker);
  for (const result of await Promise.allSettled(workers)) {
    if (result.status === "rejected") throw result.reason;
  }
}
