/**
 * What somebody meant who made a typing mistake.
 *
 * @module
 */
import { closestMatch } from "leven";

/**
 * The candidate that is nearest to `name`, where it is near enough to have been
 * meant: a third of its letters may differ, or two (a swap is two).
 */
export function nearest(
  name: string,
  candidates: readonly string[],
): string | undefined {
  const maxDistance = Math.max(2, Math.floor(name.length / 3));
  const lower = name.toLowerCase();
  return candidates.find((candidate) => candidate.toLowerCase() === lower) ??
    closestMatch(name, candidates, { maxDistance });
}

/** `Did you mean "show"?`, or else `otherwise`. */
export function didYouMean(
  name: string,
  candidates: readonly string[],
  otherwise: string,
): string {
  const meant = nearest(name, candidates);
  return meant === undefined ? otherwise : `Did you mean "${meant}"?`;
}
