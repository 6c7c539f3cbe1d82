/**
 * Suggestions for mistyped names.
 *
 * @module
 */
import { closestName } from "../check/closest_name.ts";

/** `Did you mean "show"?`, or else `otherwise`. */
export function didYouMean(
  name: string,
  candidates: readonly string[],
  otherwise: string,
): string {
  const meant = closestName(name, candidates);
  return meant === undefined ? otherwise : `Did you mean "${meant}"?`;
}
