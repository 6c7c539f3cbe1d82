/**
 * Values as short texts.
 *
 * @module
 */
import type { JsonValue } from "./value.ts";

/** A value as JSON in one line, not much longer than `lengthMax`. */
export function compactJson(
  value: JsonValue | undefined,
  lengthMax: number = 200,
): string {
  return shorten(JSON.stringify(value ?? null), lengthMax);
}

/** The beginning of a text that is too long. */
export function shorten(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  // By code points, so that no pair of surrogates is cut.
  return `${[...text.slice(0, lengthMax)].slice(0, -1).join("")}…`;
}
