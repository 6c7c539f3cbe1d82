/**
 * What JSON can hold, and where a value goes beyond it.
 *
 * @module
 */

/** A value that JSON holds exactly. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | JsonValue[]
  | JsonObject;

/** An object whose values JSON holds exactly; `undefined` means "left out". */
export interface JsonObject {
  /** The values by name. */
  [key: string]: JsonValue | undefined;
}

/** A place in a value that JSON would refuse or silently change. */
export interface JsonProblem {
  /** Path of the place, such as `"body.items[2].price"`. */
  path: string;
  /** What stands there, such as `"a bigint"`. */
  found: string;
}

/** Deeper nesting than any recorded body has, shallower than any stack. */
const DEPTH_MAX = 500;

/**
 * Finds the first place where `value` is no JSON: a bigint, function or symbol,
 * `undefined` in an array, NaN or an infinity, an object that is neither plain
 * nor an array (a `Date` or `Map` would be changed without a word), a cycle.
 * `undefined` as the value of a property is a property left out, and fine.
 *
 * @param value What is to be stored.
 * @param path Path of the value itself, put before the path of the place.
 * @returns The first problem, or `undefined` where JSON gives back an equal value.
 */
export function findJsonProblem(
  value: unknown,
  path: string,
): JsonProblem | undefined {
  return isJson(value, 0) ? undefined : locate(value, path, []);
}

/** The quick answer, without a path: this runs once for every record. */
function isJson(value: unknown, depth: number): boolean {
  if (isScalar(value)) return true;
  if (typeof value !== "object" || depth === DEPTH_MAX) return false;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const member = value[i];
      if (!isScalar(member) && !isJson(member, depth + 1)) return false;
    }
    return true;
  }
  const object = value as Record<string, unknown>;
  if (!isPlain(object)) return false;
  for (const key in object) {
    const member = object[key];
    if (isScalar(member) || member === undefined) continue;
    if (!isJson(member, depth + 1)) return false;
  }
  return true;
}

function isScalar(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" ||
    (typeof value === "number" ? Number.isFinite(value) : value === null);
}

/** The slow answer for a value that is known to be bad: where, and what. */
function locate(
  value: unknown,
  path: string,
  above: object[],
): JsonProblem | undefined {
  if (value === undefined) return { path, found: "undefined" };
  if (typeof value === "number" && !Number.isFinite(value)) {
    return { path, found: String(value) };
  }
  if (typeof value !== "object") {
    const is_json = typeof value === "string" || typeof value === "boolean" ||
      typeof value === "number";
    return is_json ? undefined : { path, found: `a ${typeof value}` };
  }
  if (value === null) return undefined;
  if (above.includes(value)) return { path, found: "a cycle" };
  if (above.length === DEPTH_MAX) {
    return { path, found: `more than ${DEPTH_MAX} levels of nesting` };
  }
  const inside = [...above, value];
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const problem = locate(value[i], `${path}[${i}]`, inside);
      if (problem) return problem;
    }
    return undefined;
  }
  if (!isPlain(value)) {
    const name = (value as object).constructor?.name ?? "object";
    return { path, found: `an object of class "${name}"` };
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const problem = locate(member, joinPath(path, key), inside);
    if (problem) return problem;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) {
    return typeof (value as { toJSON?: unknown }).toJSON !== "function";
  }
  // Plain objects of another realm (a vm context, a worker's structured clone).
  return Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, "isPrototypeOf");
}

/** Appends a key to a path: `a.b`, or `a["x y"]` where the key is no identifier. */
export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
