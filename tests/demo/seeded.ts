/**
 * Everything random in the demo: a hash of the seed and of what is drawn, never
 * a generator whose next value depends on who asked first. So the same seed
 * gives the same run, whatever the scheduling.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Seed } from "../../mod.ts";

/** What a draw is for, such as `"delay", "cust_007", "pay"`. */
export type DrawKey = (string | number)[];

/** Lowercase hex digits, up to 64. */
export function drawHex(seed: Seed, digits: number, ...key: DrawKey): string {
  const source = JSON.stringify([seed, ...key]);
  return createHash("sha256").update(source).digest("hex").slice(0, digits);
}

/** A number from 0 to below 1. */
export function draw(seed: Seed, ...key: DrawKey): number {
  return parseInt(drawHex(seed, 12, ...key), 16) / 2 ** 48;
}

/** A whole number from `min` to `max`, both included. */
export function drawInt(
  seed: Seed,
  min: number,
  max: number,
  ...key: DrawKey
): number {
  return min + Math.floor(draw(seed, ...key) * (max - min + 1));
}

/** The items in a drawn order (Fisher and Yates). */
export function shuffled<T>(
  seed: Seed,
  items: readonly T[],
  ...key: DrawKey
): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = drawInt(seed, 0, i, ...key, i);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
