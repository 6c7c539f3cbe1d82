/**
 * Defers callbacks: to the end of the microtasks, or of a turn of the event loop.
 *
 * @module
 */

/** Runs a callback later. */
type Defer = (callback: () => void) => void;

/**
 * Reads a global function once: with a test's fake timers in its place nothing would
 * be written. Returns none where it is missing, as in a page, and where it was a
 * fake before this module was loaded: those of sinon, Vitest and Jest have a `clock`.
 */
function genuine(name: "queueMicrotask" | "setImmediate"): Defer | undefined {
  const defer =
    (globalThis as unknown as Record<string, Defer | undefined>)[name];
  return defer && "clock" in defer ? undefined : defer;
}

/** Runs a callback at the end of the microtasks that are pending now. */
export const afterMicrotasks: Defer = genuine("queueMicrotask") ??
  ((callback) => void Promise.resolve().then(callback));

/**
 * Runs a callback at the end of this turn of the event loop, after the events
 * that are pending now. Uses `setImmediate`: not a web standard, but a global on
 * all three runtimes. Without it the callback runs after the microtasks: batches
 * are smaller.
 */
export const afterPendingEvents: Defer = genuine("setImmediate") ??
  afterMicrotasks;
