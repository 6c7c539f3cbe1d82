/**
 * Matches the places of a value against patterns, step by step down the value.
 *
 * @module
 */
import { ANY, DEEP, type PathPattern } from "./path_pattern.ts";

/**
 * How far each pattern has matched on the way to a place. Opaque: made by
 * {@linkcode PathRules} alone.
 */
export type RuleStates = readonly (readonly number[])[];

/** No pattern can match any more. */
const DEAD: RuleStates = [];

/**
 * Some patterns. A walk through a value asks it once for each place, and so it
 * takes time that is linear in the value, whatever the patterns are: each keeps
 * the set of its segments at which a match may go on (Thompson, "Regular
 * Expression Search Algorithm", CACM 11(6), 1968).
 */
export class PathRules {
  /** The states at the root. */
  readonly start: RuleStates;
  readonly #patterns: readonly PathPattern[];

  /** @param patterns What {@linkcode PathRules.covers} asks for. */
  constructor(patterns: readonly PathPattern[]) {
    // Several `**` in a row say no more than one.
    this.#patterns = patterns.map((pattern) =>
      pattern.filter((segment, i) =>
        segment !== DEEP || pattern[i - 1] !== DEEP
      )
    );
    this.start = this.#patterns.map((pattern) => reached(pattern, [0]));
  }

  /** The states at a member of a place. */
  below(states: RuleStates, key: string | number): RuleStates {
    if (states === DEAD) return DEAD;
    let isAlive = false;
    const next = states.map((state, i) => {
      if (state.length === 0) return state;
      const after = step(this.#patterns[i]!, state, String(key));
      if (after.length > 0) isAlive = true;
      return after;
    });
    return isAlive ? next : DEAD;
  }

  /** Whether a pattern covers the place that has these states. */
  covers(states: RuleStates): boolean {
    return states.some((state, i) =>
      state.at(-1) === this.#patterns[i]!.length
    );
  }
}

/** Where a match may go on after one more key. */
function step(
  pattern: PathPattern,
  state: readonly number[],
  key: string,
): number[] {
  const next: number[] = [];
  for (const at of state) {
    const segment = pattern[at];
    if (segment === DEEP) next.push(at);
    else if (segment === ANY || segment === key) next.push(at + 1);
  }
  return reached(pattern, next);
}

/**
 * The segments that are reached without a key, in order and once: `**` may stand
 * for none.
 *
 * @param state In order.
 */
function reached(pattern: PathPattern, state: readonly number[]): number[] {
  const all: number[] = [];
  for (const at of state) {
    if (at <= (all.at(-1) ?? -1)) continue;
    all.push(at);
    if (pattern[at] === DEEP) all.push(at + 1);
  }
  return all;
}
