/**
 * Values that were kept out of a recording: `{"$secret": "<name>"}` stands in
 * their place.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Path } from "../json/path_pattern.ts";

const KEY = "$secret";

/** What stands in the place of a secret. */
export function secret(name: string): JsonObject {
  return { [KEY]: name };
}

/** Whether a value stands in the place of a secret. */
export function isSecret(value: JsonValue | undefined): boolean {
  return secretName(value) !== undefined;
}

/**
 * Puts secrets back in their places.
 *
 * @param secrets The values by name.
 * @param missing Gets the names that have no value; they stay as they are.
 */
export function withSecrets(
  value: JsonValue,
  secrets: Readonly<Record<string, string>>,
  missing: Set<string>,
): JsonValue {
  return JSON.parse(JSON.stringify(value), (_, inner) => {
    const name = secretName(inner);
    if (name === undefined) return inner;
    if (Object.hasOwn(secrets, name)) return secrets[name];
    missing.add(name);
    return inner;
  });
}

/** The places from which secrets were taken out. */
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

/** The name of the secret that was taken out here, if one was. */
function secretName(value: JsonValue | undefined): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const name = (value as JsonObject)[KEY];
  return typeof name === "string" && Object.keys(value).length === 1
    ? name
    : undefined;
}
