/**
 * Tells the noise of a step from its differences.
 *
 * @module
 */
import { compareValues, type IsIgnored } from "../../json/diff.ts";
import { parsePattern, type Path, pathText } from "../../json/path_pattern.ts";
import type { JsonValue } from "../../json/value.ts";
import { type NoiseRule, typeOf } from "./noise_rule.ts";
import { varies } from "./noise_kind.ts";

/** Items that are put in pairs where their values vary. */
const PAIRED_MAX = 200;

/** The noise of one step; undefined where it has none. */
export function noiseOf(
  rules: readonly NoiseRule[],
  step_name: string,
): IsIgnored | undefined {
  const ofStep = new Map<string, NoiseRule[]>();
  for (const rule of rules) {
    if (rule.step !== step_name) continue;
    parsePattern(rule.path, "noise"); // Says where it is not a path.
    ofStep.set(rule.path, [...ofStep.get(rule.path) ?? [], rule]);
  }
  if (ofStep.size === 0) return undefined;
  const isNoise: IsIgnored = (path, recorded, actual) =>
    (ofStep.get(noisePath(path)) ?? []).some((rule) =>
      rule.kind === "order"
        ? isReordered(path, recorded, actual, isNoise)
        // What is in two objects is looked at member by member.
        : !areAlike(recorded, actual) && varies(rule, actual)
    );
  return isNoise;
}

/** A path in which all items of an array are one. */
export function noisePath(path: Path): string {
  return pathText(path).replace(/\[\d+\]/g, "[*]");
}

/** Whether two arrays have the same items, but for their order and their noise. */
function isReordered(
  path: Path,
  recorded: JsonValue | undefined,
  actual: JsonValue | undefined,
  isNoise: IsIgnored,
): boolean {
  if (!Array.isArray(recorded) || !Array.isArray(actual)) return false;
  if (recorded.length !== actual.length) return false;
  if (canonical(recorded) === canonical(actual)) return false;
  const left = withoutCommon(recorded, actual);
  if (left.recorded.length > PAIRED_MAX) return false;
  const others = [...left.actual];
  return left.recorded.every((item) => {
    const at = others.findIndex((other) =>
      compareValues(
        item,
        other,
        [],
        (inner, a, b) => isNoise([...path, 0, ...inner], a, b),
      ).differencesCount === 0
    );
    if (at !== -1) others.splice(at, 1);
    return at !== -1;
  });
}

/** Whether both are objects, or both are arrays. */
function areAlike(
  recorded: JsonValue | undefined,
  actual: JsonValue | undefined,
): boolean {
  return typeof recorded === "object" && recorded !== null &&
    typeOf(recorded) === typeOf(actual);
}

/** The items that have no equal one in the other array. */
function withoutCommon(
  recorded: readonly JsonValue[],
  actual: readonly JsonValue[],
): { recorded: JsonValue[]; actual: JsonValue[] } {
  const counts = new Map<string, number>();
  for (const item of recorded) {
    const text = canonical(item);
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  const other = actual.filter((item) => {
    const text = canonical(item);
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count === 0;
  });
  const own = recorded.filter((item) => {
    const text = canonical(item);
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count > 0;
  });
  return { recorded: own, actual: other };
}

/** JSON with sorted keys: equal values have equal texts. */
export function canonical(value: JsonValue): string {
  return JSON.stringify(
    value,
    (_, inner) =>
      typeof inner === "object" && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(
          Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1),
        )
        : inner,
  );
}
