/**
 * Finds the name that a mistyped one was probably meant to be.
 *
 * @module
 */
import { closestMatch } from "leven";

/**
 * The candidate closest to `name`, if it is close enough to have been meant:
 * a third of its letters may differ, or two (a swap counts as two).
 */
export function closestName(
  name: string,
  candidates: readonly string[],
): string | undefined {
  const maxDistance = Math.max(2, Math.floor(name.length / 3));
  const plain = lettersOf(name);
  return candidates.find((candidate) => lettersOf(candidate) === plain) ??
    closestMatch(name, candidates, { maxDistance });
}

/** A name without its case rule: `baseUrl`, `baseUrl` and `base-url` are one. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}
