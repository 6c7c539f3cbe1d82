/**
 * Stands a unique text in for each secret that was not recorded, so that links are
 * found by it.
 *
 * @module
 */
import type { JsonValue } from "../../json/value.ts";
import { type Placeholder, placeholderOf } from "../../json/placeholder.ts";

// Of the private use area: no recorded text has them by chance.
const [OPEN, CLOSE] = ["\ue000\ue001", "\ue001\ue000"];
const SECRET = new RegExp(`${OPEN}\\d+${CLOSE}`, "g");

/**
 * The text of a placeholder, with a unique text for each of its secrets; undefined
 * for other values, and for placeholders without a number.
 */
export function secretText(value: JsonValue | undefined): string | undefined {
  const placeholder = placeholderOf(value);
  return placeholder && textOfSecret(placeholder);
}

/** As {@linkcode secretText}. */
export function textOfSecret(
  { id, text }: Placeholder,
): string | undefined {
  if (text !== undefined) {
    return text.replace(/\$\{(\d+)\}/g, `${OPEN}$1${CLOSE}`);
  }
  return id === undefined ? undefined : numberedText(id);
}

/** The text that stands for the secret of a number. */
export function numberedText(id: number): string {
  return `${OPEN}${id}${CLOSE}`;
}

/** The secrets in a text. */
export function secretsIn(text: string): string[] {
  return text.match(SECRET) ?? [];
}
