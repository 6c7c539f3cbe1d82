/**
 * Asserts what must be true wherever this library is correct.
 *
 * @module
 */

/** Throws where a condition does not hold: a defect of this library. */
export function invariant(
  condition: boolean,
  message: string,
): asserts condition {
  if (!condition) throw new Error(`Invariant: ${message}`);
}
