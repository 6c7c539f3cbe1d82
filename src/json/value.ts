/**
 * Checks whether a value is JSON, and parses JSON.
 *
 * @module
 */
import { thrownText } from "../errors.ts";
import { joinPath } from "./path.ts";

/** A value that JSON represents exactly. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | JsonObject;

/** An object of such values; a member that is `undefined` is omitted. */
export interface JsonObject {
  /** The values by name. */
  [key: string]: JsonValue | undefined;
}

/** A place in a value that JSON would reject or silently change. */
export interface JsonProblem {
  /** Path of the place, such as `"body.items[2].price"`. */
  path: string;
  /** What is there, such as `"a bigint"`. */
  found: string;
}

/** Maximum nesting of a value: any stack is deep enough for it. */
export const DEPTH_MAX = 500;
/** Maximum nesting of what is read: a value and the record around it. */
const READ_DEPTH_MAX = DEPTH_MAX + 10;

/** Whether the member with that key is a secret, or contains one. */
export type HoldsSecret = (key: string, member: unknown) => boolean;

/**
 * The key under which values that JSON cannot hold are kept: see
 * `typed_value.ts`.
 */
export const TYPE_KEY = "$type";

/**
 * What {@linkcode inspectJson} found: `"bad"` is not JSON, `"typed"` is JSON with
 * the key `$type`, `"secret"` is JSON with a secret in it.
 */
export type JsonVerdict = "bad" | "typed" | "secret" | "clean";

/** Returns the verdict on two values together. */
export function worst(a: JsonVerdict, b: JsonVerdict): JsonVerdict {
  if (a === b || b === "clean" || a === "bad") return a;
  if (a === "clean" || b === "bad") return b;
  return "typed";
}

/**
 * Inspects a value in one walk, without paths: this runs once for each record.
 *
 * Bad is what JSON would reject or change: a bigint, function or symbol,
 * `undefined` in an array, a hole in one, NaN or an infinity, an object that is
 * neither plain nor an array, a `toJSON` method, a cycle, a getter or proxy that
 * throws. A property that is `undefined` counts as omitted, and is
 * fine. Symbol keys, properties that are not enumerable, and those of an array
 * other than its items are not part of a value.
 *
 * @param holdsSecret Called for each member of an object.
 */
export function inspectJson(
  value: unknown,
  holdsSecret?: HoldsSecret,
): JsonVerdict {
  try {
    return inspect(value, 0, holdsSecret);
  } catch {
    return "bad"; // A getter or proxy that throws.
  }
}

/**
 * Finds the first place where a value is not JSON.
 *
 * @param value The value to store.
 * @param path Path of the value itself, put before the path of the place.
 * @returns The first problem; `undefined` if JSON represents the value exactly.
 */
export function findJsonProblem(
  value: unknown,
  path: string,
): JsonProblem | undefined {
  if (inspectJson(value) !== "bad") return undefined;
  return locate(value, path, []) ??
    { path, found: "a value that changes while it is read" };
}

/**
 * `JSON.parse` for untrusted text: nesting that could overflow the stack is a
 * `SyntaxError`. This library never writes such nesting.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  // Each level takes two brackets: few texts are looked at.
  if (text.length > 2 * READ_DEPTH_MAX && !fitsIn(value, READ_DEPTH_MAX)) {
    throw new SyntaxError(`More than ${READ_DEPTH_MAX} levels of nesting`);
  }
  return value;
}

function fitsIn(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (levels === 0) return false;
  const members = Array.isArray(value) ? value : Object.values(value);
  return members.every((member) => fitsIn(member, levels - 1));
}

function inspect(
  value: unknown,
  depth: number,
  holdsSecret: HoldsSecret | undefined,
): JsonVerdict {
  if (isScalar(value)) return "clean";
  if (typeof value !== "object" || depth === DEPTH_MAX) return "bad";
  let verdict: JsonVerdict = "clean";
  if (Array.isArray(value)) {
    if (!isPlainArray(value)) return "bad";
    for (let i = 0; i < value.length; i++) {
      const item = value[i];
      if (isScalar(item)) continue;
      const inner = inspect(item, depth + 1, holdsSecret);
      if (inner === "bad") return inner;
      if (inner !== "clean") verdict = worst(verdict, inner);
    }
    return verdict;
  }
  const object = value as Record<string, unknown>;
  if (!isPlain(object)) return "bad";
  for (const key in object) {
    const member = object[key];
    if (key === TYPE_KEY) verdict = "typed";
    if (holdsSecret && member !== undefined && holdsSecret(key, member)) {
      verdict = worst(verdict, "secret");
    }
    if (isScalar(member) || member === undefined) continue;
    const inner = inspect(member, depth + 1, holdsSecret);
    if (inner === "bad") return inner;
    if (inner !== "clean") verdict = worst(verdict, inner);
  }
  return verdict;
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" ||
    (typeof value === "number" ? isJsonNumber(value) : value === null);
}

/** JSON has no infinities and no NaN, and `JSON.stringify` makes -0 a 0. */
function isJsonNumber(value: number): boolean {
  return Number.isFinite(value) && (value !== 0 || 1 / value > 0);
}

/** Finds the first problem of a value that is known to be bad. */
function locate(
  value: unknown,
  path: string,
  above: object[],
): JsonProblem | undefined {
  if (isScalar(value)) return undefined;
  if (value === undefined || typeof value === "number") {
    return { path, found: String(value) };
  }
  if (typeof value !== "object" || value === null) {
    return { path, found: `a ${typeof value}` };
  }
  if (above.includes(value)) return { path, found: "a cycle" };
  if (above.length === DEPTH_MAX) {
    return { path, found: `more than ${DEPTH_MAX} levels of nesting` };
  }
  let place = path;
  try {
    const found = whatIsNotPlain(value);
    if (found) return { path, found };
    const isArray = Array.isArray(value);
    const keys = isArray ? value.keys() : Object.keys(value);
    for (const key of keys) {
      place = typeof key === "number" ? `${path}[${key}]` : joinPath(path, key);
      const member = (value as Record<string | number, unknown>)[key];
      if (member === undefined && !isArray) continue;
      const problem = locate(member, place, [...above, value]);
      if (problem) return problem;
    }
    return undefined;
  } catch (error) {
    const thrown = JSON.stringify(thrownText(error));
    return { path: place, found: `a getter or proxy that throws ${thrown}` };
  }
}

/** Describes an object that is neither a plain object nor a plain array. */
function whatIsNotPlain(value: object): string | undefined {
  if (Array.isArray(value) ? isPlainArray(value) : isPlain(value)) {
    return undefined;
  }
  if (isRawJson(value)) return "a value of JSON.rawJSON()";
  const name = String(value.constructor?.name ?? "object");
  return hasToJson(value) && (name === "Object" || name === "Array")
    ? "an object with a toJSON method"
    : `an object of class "${name}"`;
}

function isPlainArray(value: unknown[]): boolean {
  const prototype = Object.getPrototypeOf(value);
  return (prototype === Array.prototype || isForeignArray(prototype)) &&
    !hasToJson(value);
}

/** The prototype of arrays of another realm is an array itself, as ours is. */
function isForeignArray(prototype: unknown): boolean {
  return Array.isArray(prototype) && Object.hasOwn(prototype, "copyWithin");
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return !hasToJson(value);
  if (prototype === null) return !isRawJson(value) && !hasToJson(value);
  // Plain objects of another realm (a vm context, a worker's structured clone).
  return Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf") && !hasToJson(value);
}

/** Written as the text that it was made of, which may read back as another value. */
export function isRawJson(value: object): value is { rawJSON: string } {
  const { isRawJSON } = JSON as { isRawJSON?: (value: unknown) => boolean };
  return isRawJSON?.(value) ?? false;
}

function hasToJson(value: object): boolean {
  return typeof (value as { toJSON?: unknown }).toJSON === "function";
}

/** Returns a value as a JSON file: indented by two spaces, with a final newline. */
export function prettyJson(value: unknown): string {
  return JSON.stringify(value, null, 2) + "\n";
}
