/**
 * Defers callbacks: to the end of the microtasks, or of a turn of the event loop.
 *
 * @module
 */
import { genuine } from "../time/genuine.ts";

/** Runs a callback later. */
type Defer = (callback: () => void) => void;

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
