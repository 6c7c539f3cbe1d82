/**
 * Suggests the name that a mistyped one was meant to be.
 *
 * @module
 */
import { closestName } from "../check/closest_name.ts";

/** Returns `Did you mean "show"?`, or `otherwise` where no candidate is close. */
export function didYouMean(
  name: string,
  candidates: readonly string[],
  otherwise: string,
): string {
  const closest = closestName(name, candidates);
  return closest === undefined ? otherwise : `Did you mean "${closest}"?`;
}
