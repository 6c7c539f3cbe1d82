/**
 * Placeholders `{"$secret": "<name>"}` for secrets that were not recorded.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Path } from "../json/path_pattern.ts";

const KEY = "$secret";

/** What a placeholder says. */
export interface Placeholder {
  /** Name of the secret. */
  name: string;
  /** Which of the distinct secrets of its instance it is, from 1. */
  id: number | undefined;
  /** The text, with `${n}` where it holds the n-th secret. */
  text: string | undefined;
}

/** Returns the placeholder of a secret. */
export function secret(name: string): JsonObject {
  return { [KEY]: name };
}

/** Whether a value is a placeholder. */
export function isSecret(value: JsonValue | undefined): boolean {
  return placeholderOf(value) !== undefined;
}

/**
 * Returns a copy of a value with secrets in place of their placeholders.
 *
 * @param secrets The secrets by name.
 * @param missing Receives the names without a secret: their placeholders stay.
 * @param used Receives the names of the secrets that were put in.
 */
export function withSecrets(
  value: JsonValue,
  secrets: Readonly<Record<string, string>>,
  missing: Set<string>,
  used: Set<string> = new Set(),
): JsonValue {
  return JSON.parse(JSON.stringify(value), (_, inner) => {
    const name = placeholderOf(inner)?.name;
    if (name === undefined) return inner;
    if (Object.hasOwn(secrets, name)) {
      used.add(name);
      return secrets[name];
    }
    missing.add(name);
    return inner;
  });
}

/** Returns the paths of all placeholders in a value. */
export function redactedPaths(value: JsonValue | undefined): Path[] {
  if (isSecret(value)) return [[]];
  if (typeof value !== "object" || value === null) return [];
  const members: [string | number, JsonValue | undefined][] =
    Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : Object.entries(value);
  return members.flatMap(([key, inner]) =>
    redactedPaths(inner).map((path) => [key, ...path])
  );
}

/** Returns what a placeholder says; undefined for any other value. */
export function placeholderOf(
  value: JsonValue | undefined,
): Placeholder | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { [KEY]: name, id, text, ...others } = value as JsonObject;
  const isOne = typeof name === "string" &&
    (id === undefined || typeof id === "number") &&
    (text === undefined || typeof text === "string") &&
    Object.keys(others).length === 0;
  return isOne ? { name, id, text } : undefined;
}
