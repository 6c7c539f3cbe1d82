/**
 * Runs callbacks at the end of a turn of the event loop.
 *
 * @module
 */

// Kept: where a test has put fake timers in its place, nothing would be written.
const { setImmediate } = globalThis as unknown as {
  setImmediate(callback: () => void): void;
};

/**
 * Runs a callback at the end of this turn of the event loop, after the events
 * that are already there: `setImmediate`, which all three runtimes have as a
 * global, and no web standard names.
 */
export function afterPendingEvents(callback: () => void): void {
  setImmediate(callback);
}
