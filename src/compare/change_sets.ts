/**
 * The sets of changes that instances have, each kept once.
 *
 * @module
 */

/** A kind of change in an instance, and where it stands there. */
export interface PlacedChange {
  /** Number of the kind of change. */
  kind: number;
  /** Its place: changes of earlier steps have lower ones. */
  place: number;
}

/** Maximum number of sets; the changes of further ones are in no set. */
const SETS_MAX = 10_000;

/** Maximum number of changes of a set: the first ones of the instance. */
const CHANGES_MAX = 32;

/** A set, in the order of places; each kind has its first place. */
export type ChangeSet = readonly PlacedChange[];

/**
 * Sets of changes by number. Instances that have changed in the same way have the
 * same set, so each instance costs a number, and the sets are few.
 */
export class ChangeSets {
  readonly #sets: ChangeSet[] = [[]];
  readonly #numbers = new Map<string, number>();
  /** Where adding a change to a set leads. */
  readonly #additions = new Map<string, number>();

  /** Returns a set; that of number 0 is empty. */
  get(number: number): ChangeSet {
    return this.#sets[number]!;
  }

  /**
   * Returns the number of the set that has one more change, which may be the same
   * one; undefined where there would be too many sets.
   */
  add(number: number, change: PlacedChange): number | undefined {
    const addition = `${number} ${change.kind} ${change.place}`;
    const known = this.#additions.get(addition);
    if (known !== undefined) return known;
    const set = withChange(this.get(number), change);
    const key = set.map(({ kind, place }) => `${kind} ${place}`).join();
    let sum = this.#numbers.get(key);
    if (sum === undefined) {
      if (this.#sets.length >= SETS_MAX) return undefined;
      sum = this.#sets.push(set) - 1;
      this.#numbers.set(key, sum);
    }
    if (this.#additions.size < 4 * SETS_MAX) this.#additions.set(addition, sum);
    return sum;
  }
}

function withChange(set: ChangeSet, change: PlacedChange): ChangeSet {
  const same = set.find(({ kind }) => kind === change.kind);
  if (same && same.place <= change.place) return set;
  return [...set.filter((other) => other !== same), change]
    .sort((x, y) => x.place - y.place || x.kind - y.kind)
    .slice(0, CHANGES_MAX);
}
