/**
 * JSON in which every digit is kept.
 *
 * @module
 */
import { reviveValues } from "./revive_values.ts";
import {
  DEPTH_MAX,
  isRawJson,
  type JsonObject,
  type JsonValue,
  TYPE_KEY,
} from "./value.ts";

/** A typed value takes more levels in the record than in the JSON. */
const TYPED_DEPTH_MAX = 200;

const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"/g;
const NUMBERS = /-?\d[\d.]*(?:[eE][-+]?\d+)?/g;

type RawJson = (text: string) => JsonValue;
const { rawJSON } = JSON as { rawJSON?: RawJson };

/**
 * Parses JSON. A number that a double cannot hold becomes `JSON.rawJSON()`,
 * which a record keeps as `{"$type": "number", "value": "<digits>"}`.
 *
 * @returns `undefined` where a record cannot hold all of the text: it is not
 * JSON, a key stands twice in an object, or it is nested too deep.
 */
export function parseExactJson(text: string): { value: JsonValue } | undefined {
  try {
    let value: JsonValue = JSON.parse(text);
    const skeleton = text.replace(STRINGS, "");
    const numbers = skeleton.match(NUMBERS) ?? [];
    const isExact = numbers.every(isExactNumber);
    if (!isExact) {
      if (!rawJSON) return undefined;
      value = withRawNumbers(text, rawJSON);
    }
    const isTyped = !isExact || text.includes(`"${TYPE_KEY}"`);
    const keys = countKeys(value, isTyped ? TYPED_DEPTH_MAX : DEPTH_MAX - 1);
    return keys === count(skeleton, ":") ? { value } : undefined;
  } catch {
    return undefined; // What came is recorded as text.
  }
}

/**
 * The JSON text of a value in the form of a record: digits as they were, and
 * other typed values as `JSON.stringify` writes them.
 */
export function exactJsonText(recorded: JsonValue): string {
  const text = JSON.stringify(recorded);
  if (!text.includes(`"${TYPE_KEY}"`)) return text;
  return JSON.stringify(untyped(recorded), (_key, member) => digits(member));
}

/**
 * The JSON text of a value that a caller gave. Bigints, and digits that
 * `reviveValues` leaves as they are in the file, are written as numbers.
 *
 * @returns `undefined` where JSON has no text for it, as for a function.
 */
export function jsonText(value: unknown): string | undefined {
  return JSON.stringify(
    value,
    (_key, member) => digitsOf(member) ?? digits(member),
  );
}

function digits(member: unknown): unknown {
  return typeof member === "bigint" ? rawJSON!(String(member)) : member;
}

function withRawNumbers(text: string, raw: RawJson): JsonValue {
  const parse = JSON.parse as (
    text: string,
    reviver: (key: string, value: JsonValue, at: { source: string }) => unknown,
  ) => JsonValue;
  return parse(
    text,
    (_key, value, { source }) =>
      typeof value === "number" && !isExactNumber(source) ? raw(source) : value,
  );
}

/** Whether a double keeps the value of a number: 15 digits always. */
function isExactNumber(number: string): boolean {
  const value = Number(number);
  if (String(value) === number) return true;
  if (Object.is(value, -0)) return false;
  const digits = number.replace(/[eE].*|\.|^-?[0.]+|^-/g, "");
  return digits.length <= 15 && Number.isFinite(value) &&
    (value !== 0 || digits === "");
}

/** @throws {RangeError} where it is nested deeper than `levels`. */
function countKeys(value: JsonValue | undefined, levels: number): number {
  if (typeof value !== "object" || value === null || isRawJson(value)) return 0;
  if (levels === 0) throw new RangeError("nested too deep");
  if (Array.isArray(value)) {
    return value.reduce<number>((sum, v) => sum + countKeys(v, levels - 1), 0);
  }
  let keys = 0;
  for (const key of Object.keys(value)) {
    keys += 1 + countKeys(value[key], levels - 1);
  }
  return keys;
}

function count(text: string, char: string): number {
  let found = 0;
  for (let at = text.indexOf(char); at >= 0; at = text.indexOf(char, at + 1)) {
    found++;
  }
  return found;
}

function untyped(value: JsonValue | undefined): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(untyped);
  const type = value[TYPE_KEY];
  if (type === "object") return untypedMembers(value.value as JsonObject);
  if (typeof type === "string") return digitsOf(value) ?? reviveValues(value);
  return untypedMembers(value);
}

function untypedMembers(object: JsonObject): JsonObject {
  const entries = Object.entries(object)
    .map(([key, member]) => [key, untyped(member)]);
  return Object.fromEntries(entries);
}

/** What stands for `{"$type": "number", "value": "<digits>"}` in JSON. */
function digitsOf(value: unknown): JsonValue | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { [TYPE_KEY]: type, value: digits } = value as JsonObject;
  if (type !== "number" || typeof digits !== "string") return undefined;
  return /^-?\d/.test(digits) && !isExactNumber(digits)
    ? rawJSON!(digits)
    : undefined;
}
