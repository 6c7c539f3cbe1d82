/**
 * Finds the intended name for a misspelt one.
 *
 * @module
 */
import { closestMatch } from "leven";

/**
 * Returns the candidate closest to `name`; `undefined` where none is close: a
 * third of its letters may differ, or two (a swap counts as two), or it may be the
 * last word of the candidate, as `name` is of `step_name`.
 */
export function closestName(
  name: string,
  candidates: readonly string[],
): string | undefined {
  const maxDistance = Math.max(2, Math.floor(name.length / 3));
  const letters = lettersOf(name);
  return candidates.find((candidate) => lettersOf(candidate) === letters) ??
    closestMatch(name, candidates, { maxDistance }) ??
    candidates.find((candidate) => candidate.endsWith(`_${name}`));
}

/** Returns a name without its case rule: `baseUrl`, `base_url` and `base-url` are equal. */
function lettersOf(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}
