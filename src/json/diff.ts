/**
 * Structural comparison of two values: where they differ, and what was not
 * looked at.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "./value.ts";
import { type Path, type PathPattern, pathText } from "./path_pattern.ts";
import { PathRules, type RuleStates } from "./path_rules.ts";

/** One place where a recorded value and an actual one differ. */
export interface Difference {
  /** The place, such as `"body.items[2].price"`; `""` for the whole value. */
  path: string;
  /** What was recorded; left out where nothing stood there. */
  recorded?: JsonValue;
  /** What is there now; left out where nothing is. */
  actual?: JsonValue;
}

/** What a comparison found. */
export interface ValueComparison {
  /** The differences, the first 100 of them. */
  differences: Difference[];
  /** How many there are. */
  differencesCount: number;
  /** Places that an ignore rule covers, the first 100 of them. */
  ignored: string[];
  /** How many there are. */
  ignoredCount: number;
  /** Values that were compared: the leaves of both trees. */
  comparedCount: number;
}

/** How many differences, and how many ignored places, are listed. */
const LISTED_MAX = 100;

/** Whether two values that differ count as ignored. */
export type IsIgnored = (
  path: Path,
  recorded: JsonValue | undefined,
  actual: JsonValue | undefined,
) => boolean;

/**
 * Compares two JSON values member by member. An ignored place is not looked
 * into, and counted.
 *
 * @param ignore Places that are not compared.
 * @param isIgnored Says of values that differ whether they count as ignored.
 */
export function compareValues(
  recorded: JsonValue | undefined,
  actual: JsonValue | undefined,
  ignore: readonly PathPattern[] = [],
  isIgnored?: IsIgnored,
): ValueComparison {
  const found: ValueComparison = {
    differences: [],
    differencesCount: 0,
    ignored: [],
    ignoredCount: 0,
    comparedCount: 0,
  };
  const rules = new PathRules(ignore);
  compare(recorded, actual, [], rules, rules.start, found, isIgnored);
  return found;
}

/** Adds a difference that no comparison of values finds. */
export function addDifference(
  found: ValueComparison,
  difference: Difference,
): void {
  found.differencesCount++;
  if (found.differences.length < LISTED_MAX) found.differences.push(difference);
}

function compare(
  recorded: JsonValue | undefined,
  actual: JsonValue | undefined,
  path: (string | number)[],
  rules: PathRules,
  states: RuleStates,
  found: ValueComparison,
  isIgnored: IsIgnored | undefined,
): void {
  if (recorded === undefined && actual === undefined) return;
  const isOut = rules.covers(states) ||
    isIgnored !== undefined && !isSame(recorded, actual) &&
      isIgnored(path, recorded, actual);
  if (isOut) {
    found.ignoredCount++;
    if (found.ignored.length < LISTED_MAX) found.ignored.push(pathText(path));
    return;
  }
  const keys = commonKeys(recorded, actual);
  if (keys) {
    for (const key of keys) {
      path.push(key);
      compare(
        member(recorded, key),
        member(actual, key),
        path,
        rules,
        rules.below(states, key),
        found,
        isIgnored,
      );
      path.pop();
    }
    return;
  }
  const same = isSame(recorded, actual);
  // Two values that are empty as a whole have nothing in them to compare.
  if (!same || path.length > 0) found.comparedCount++;
  if (same) return;
  addDifference(found, {
    path: pathText(path),
    ...(recorded === undefined ? {} : { recorded }),
    ...(actual === undefined ? {} : { actual }),
  });
}

/**
 * The keys to go on with where both are objects or both are arrays, and not
 * both empty: the recorded ones first.
 */
function commonKeys(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
): (string | number)[] | undefined {
  if (Array.isArray(a) && Array.isArray(b)) {
    const length = Math.max(a.length, b.length);
    return length === 0 ? undefined : [...Array(length).keys()];
  }
  if (!isObject(a) || !isObject(b)) return undefined;
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return keys.size === 0 ? undefined : [...keys];
}

/** Own members only: a body may well have one that is called "constructor". */
function member(
  value: JsonValue | undefined,
  key: string | number,
): JsonValue | undefined {
  const object = value as JsonObject;
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isSame(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
): boolean {
  if (a === b) return true;
  // Containers get here where one of them is empty, or they are of two kinds.
  return Array.isArray(a) && Array.isArray(b) && a.length + b.length === 0 ||
    isObject(a) && isObject(b) &&
      Object.keys(a).length + Object.keys(b).length === 0;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
