/**
 * Says what varies in values, and whether another one varies alike.
 *
 * @module
 */
import type { JsonValue } from "../../json/value.ts";
import { type NoiseKind, type NoiseRule, typeOf } from "./noise_rule.ts";

const SEEN_MAX = 5;
const SEEN_CHARS_MAX = 80;
/** Numbers that are as equal as sums in another order. */
const JITTER = 1e-9;

/** What varies in the values of a place, in the order in which they were seen. */
export function kindOf(values: readonly (JsonValue | undefined)[]): NoiseKind {
  if (values.every((one) => isTime(one))) return "time";
  if (values.every((one) => typeof one === "number")) return numberKind(values);
  if (values.every((one) => typeof one === "string")) {
    return values.every(isGenerated) ? "id" : "text";
  }
  return "mixed";
}

function numberKind(values: readonly number[]): NoiseKind {
  const isCounter = values.every((one, i) =>
    Number.isInteger(one) && (i === 0 || one > values[i - 1]!)
  );
  if (isCounter) return "counter";
  const [min, max] = [Math.min(...values), Math.max(...values)];
  return max - min <= JITTER * Math.max(Math.abs(min), Math.abs(max))
    ? "jitter"
    : "number";
}

/** The rule for the values of a place. */
export function ruleOf(
  step: string,
  path: string,
  values: readonly (JsonValue | undefined)[],
  replays: number,
): NoiseRule {
  const lengths = values.filter((one) => typeof one === "string")
    .map(({ length }) => length);
  const numbers = values.filter((one) => typeof one === "number");
  const distinct = new Map(
    values.map((one) => [JSON.stringify(one) ?? "", one]),
  );
  return {
    step,
    path,
    kind: kindOf(values),
    types: [...new Set(values.map(typeOf))].sort(),
    ...(lengths.length > 0 && {
      length: [Math.min(...lengths), Math.max(...lengths)] as const,
    }),
    ...(numbers.length > 0 && {
      range: [Math.min(...numbers), Math.max(...numbers)] as const,
    }),
    seen: [...distinct.values()].slice(0, SEEN_MAX).map(shown),
    replays,
  };
}

/** Two rules for the same place as one. */
export function joined(a: NoiseRule, b: NoiseRule): NoiseRule {
  const bounds = (
    one: readonly [number, number] | undefined,
    other: readonly [number, number] | undefined,
  ) =>
    one && other
      ? [Math.min(one[0], other[0]), Math.max(one[1], other[1])] as const
      : one ?? other;
  const [length, range] = [
    bounds(a.length, b.length),
    bounds(a.range, b.range),
  ];
  const seen = new Map(
    [...a.seen, ...b.seen].map((one) => [JSON.stringify(one), one]),
  );
  return {
    ...a,
    kind: a.kind === b.kind ? a.kind : broader(a, b),
    types: [...new Set([...a.types, ...b.types])].sort(),
    ...(length && { length }),
    ...(range && { range }),
    seen: [...seen.values()].slice(0, SEEN_MAX),
    replays: Math.max(a.replays, b.replays),
  };
}

function broader(a: NoiseRule, b: NoiseRule): NoiseKind {
  const types = new Set([...a.types, ...b.types]);
  if (types.size > 1) return "mixed";
  return types.has("number")
    ? "number"
    : types.has("string")
    ? "text"
    : "mixed";
}

/**
 * Whether a value varies as those of a rule did: of a type that was seen, of their
 * order of magnitude, and still a time, an id or a text of their length.
 */
export function varies(
  { kind, types, length, range }: NoiseRule,
  value: JsonValue | undefined,
): boolean {
  if (!types.includes(typeOf(value))) return false;
  if (typeof value === "number") {
    return kind === "time" ? isTime(value) : isInRange(value, range);
  }
  if (typeof value !== "string") return true;
  if (kind === "time") return isTime(value);
  const [min, max] = length ?? [0, 0];
  if (kind === "id") {
    return isGenerated(value) && value.length * 2 >= min &&
      value.length <= max * 2;
  }
  return value.length * 10 >= min && value.length <= max * 10 &&
    (value !== "" || min === 0);
}

/** Within ten times what was seen, on the same side of zero. */
function isInRange(
  value: number,
  range: readonly [number, number] | undefined,
): boolean {
  const [min, max] = range ?? [0, 0];
  const low = min > 0 ? min / 10 : min * 10;
  const high = max < 0 ? max / 10 : max * 10;
  return value >= low && value <= high;
}

const DATE =
  /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$|^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/;

/** A date as text, or the seconds or milliseconds since 1970 of this century. */
function isTime(value: JsonValue | undefined): boolean {
  if (typeof value === "string") {
    return DATE.test(value) && !Number.isNaN(Date.parse(value));
  }
  if (typeof value !== "number") return false;
  const seconds = value > 1e11 ? value / 1000 : value;
  return seconds > 946_684_800 && seconds < 4_102_444_800;
}

/** Letters and digits that nobody would choose. */
function isGenerated(value: JsonValue | undefined): boolean {
  return typeof value === "string" && value.length >= 6 &&
    /\d/.test(value) && !/\s/.test(value);
}

function shown(value: JsonValue | undefined): JsonValue {
  if (value === undefined) return "(nothing)";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= SEEN_CHARS_MAX
    ? value
    : text.slice(0, SEEN_CHARS_MAX) + "…";
}
