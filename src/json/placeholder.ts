/**
 * Placeholders `{"$secret": "<name>"}` for secrets that were not recorded.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "./value.ts";

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

/** Returns what stands for a secret, by the name of its place. */
export type MarkSecret = (name: string, value: unknown) => JsonObject;

/** Returns the placeholder of a secret. */
export function secret(name: string): JsonObject {
  return { [KEY]: name };
}

/** Returns what the text of a placeholder says; undefined for other texts. */
export function placeholderIn(text: string): Placeholder | undefined {
  if (!text.startsWith(`{"${KEY}"`)) return undefined;
  try {
    return placeholderOf(JSON.parse(text));
  } catch {
    return undefined; // A text that begins like one.
  }
}

/** Whether a value is a placeholder. */
export function isSecret(value: JsonValue | undefined): boolean {
  return placeholderOf(value) !== undefined;
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
