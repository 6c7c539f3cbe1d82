/**
 * Defers callbacks to the end of a turn of the event loop.
 *
 * @module
 */

// Taken once: with the fake timers of a test in its place nothing would be written.
const { setImmediate } = globalThis as unknown as {
  setImmediate(callback: () => void): void;
};

/**
 * Runs a callback at the end of this turn of the event loop, after the events
 * that are pending now. Uses `setImmediate`: not a web standard, but a global on
 * all three runtimes.
 */
export function afterPendingEvents(callback: () => void): void {
  setImmediate(callback);
}
