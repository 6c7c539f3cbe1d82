/**
 * The reason why an assertion failed, as one short text.
 *
 * @module
 */
import { compactJson, shorten } from "../json/preview.ts";
import type { AssertionRecord } from "./assertion_record.ts";

/** Maximum length of a reason. */
export const REASON_LENGTH_MAX = 200;

/**
 * Returns why an assertion failed: its message, or else its expected and actual
 * values, in at most 200 characters.
 *
 * @example
 * ```ts
 * import { assertionReason } from "@windtunnel/artifacts";
 *
 * console.log(assertionReason({ message: "", expected: 201, actual: 502 }));
 * // expected 201, got 502
 * ```
 */
export function assertionReason(
  { message, expected, actual }: Pick<
    AssertionRecord,
    "message" | "expected" | "actual"
  >,
): string {
  const half = REASON_LENGTH_MAX / 2;
  return shorten(message, REASON_LENGTH_MAX) ||
    `expected ${compactJson(expected, half)}, got ${compactJson(actual, half)}`;
}
