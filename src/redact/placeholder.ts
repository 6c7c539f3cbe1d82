/**
 * Placeholders `{"$secret": "<name>"}` for secrets that were not recorded.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Path } from "../json/path_pattern.ts";

const KEY = "$secret";

/** Returns the placeholder of a secret. */
export function secret(name: string): JsonObject {
  return { [KEY]: name };
}

/** Whether a value is a placeholder. */
export function isSecret(value: JsonValue | undefined): boolean {
  return secretName(value) !== undefined;
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
    const name = secretName(inner);
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
  if (secretName(value) !== undefined) return [[]];
  if (typeof value !== "object" || value === null) return [];
  const members: [string | number, JsonValue | undefined][] =
    Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : Object.entries(value);
  return members.flatMap(([key, inner]) =>
    redactedPaths(inner).map((path) => [key, ...path])
  );
}

/** Returns the name in a placeholder; undefined for any other value. */
function secretName(value: JsonValue | undefined): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const name = (value as JsonObject)[KEY];
  return typeof name === "string" && Object.keys(value).length === 1
    ? name
    : undefined;
}
