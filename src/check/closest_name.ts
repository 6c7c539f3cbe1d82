/**
 * Finds the intended name for a misspelt one.
 *
 * @module
 */
import { closestMatch } from "leven";

/**
 * Returns the candidate closest to `name`; `undefined` where none is close: a
 * third of its letters may differ, or two (a swap counts as two).
 */
export function closestName(
  name: string,
  candidates: readonly string[],
): string | undefined {
  const maxDistance = Math.max(2, Math.floor(name.length / 3));
  const letters = lettersOf(name);
  return candidates.find((candidate) => lettersOf(candidate) === letters) ??
    closestMatch(name, candidates, { maxDistance });
}

/** Returns a name without its case rule: `baseUrl`, `base_url` and `base-url` are equal. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}
