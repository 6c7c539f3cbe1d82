/**
 * Placeholders within texts: in JSON, forms, queries and multipart bodies.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "../json/value.ts";
import type { Path } from "../json/path_pattern.ts";
import {
  type Placeholder,
  placeholderIn,
  placeholderOf,
} from "../json/placeholder.ts";

const IN_TEXT =
  /\{"\$secret":"[^"]*"(?:,"(?:id":\d+|text":"(?:[^"\\]|\\.)*"))?\}|%7B%22%24secret%22%3A%22(?:(?!%22).)*%22(?:%2C%22(?:id%22%3A\d+|text%22%3A%22(?:(?!%22).)*%22))?%7D/g;

/** The placeholders in a value: it may be one, or a text that holds some. */
export function placeholdersIn(value: JsonValue | undefined): Placeholder[] {
  if (typeof value !== "string") {
    const one = placeholderOf(value);
    return one ? [one] : [];
  }
  const found = value.match(IN_TEXT) ?? [];
  return found.flatMap((text) => parsed(text) ?? []);
}

/**
 * A copy of a value with secrets in place of their placeholders.
 *
 * @param secretOf Returns a secret, or another placeholder; undefined where the
 * placeholder stays.
 */
export function withSecrets(
  value: JsonValue,
  secretOf: (placeholder: Placeholder) => string | JsonObject | undefined,
): JsonValue {
  return JSON.parse(JSON.stringify(value), (_, inner) => {
    if (typeof inner === "string") return filled(inner, secretOf);
    const placeholder = placeholderOf(inner);
    return placeholder ? secretOf(placeholder) ?? inner : inner;
  });
}

function filled(
  text: string,
  secretOf: (placeholder: Placeholder) => string | JsonObject | undefined,
): string {
  return text.replace(IN_TEXT, (found) => {
    const placeholder = parsed(found);
    const secret = placeholder && secretOf(placeholder);
    if (secret === undefined) return found;
    const json = JSON.stringify(secret);
    const plain = typeof secret === "string" ? secret : json;
    if (found.startsWith("%")) return encodeURIComponent(plain);
    // The fields of a multipart body stand as they are.
    return text.startsWith("--") ? plain : json;
  });
}

/** The paths of all members that hold a placeholder. */
export function redactedPaths(value: JsonValue | undefined): Path[] {
  if (placeholdersIn(value).length > 0) return [[]];
  if (typeof value !== "object" || value === null) return [];
  const members: [string | number, JsonValue | undefined][] =
    Array.isArray(value)
      ? value.map((item, index) => [index, item])
      : Object.entries(value);
  return members.flatMap(([key, inner]) =>
    redactedPaths(inner).map((path) => [key, ...path])
  );
}

/** Whether a text is another one with anything in place of its placeholders. */
export function isTextWithSecrets(recorded: string, actual: string): boolean {
  const parts = recorded.split(IN_TEXT);
  const any = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${any.join("[^&\\r\\n]*?")}$`).test(actual);
}

function parsed(text: string): Placeholder | undefined {
  return placeholderIn(text.startsWith("%") ? decodeURIComponent(text) : text);
}
