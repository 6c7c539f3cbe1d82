/**
 * Removes the numbers of secrets, which depend on the order in which steps end.
 *
 * @module
 */
import type { JsonObject, JsonValue } from "./value.ts";
import { placeholderOf, secret } from "./placeholder.ts";

/** A placeholder in a text, also in JSON within JSON. */
const IN_JSON =
  /(\{\\*"\$secret\\*":\\*"[^"]*?\\*"),\\*"(?:id\\*":\d+|text\\*":\\*"[^"]*?\\*")\}/g;
/** And in a form or a query. */
const IN_FORM =
  /(%7B%22%24secret%22%3A%22(?:(?!%22).)*%22)%2C%22(?:id%22%3A\d+|text%22%3A%22(?:(?!%22).)*%22)(?=%7D)/g;

/** The placeholder of an object without its number; other objects as they are. */
export function unnumbered(value: object): object {
  if (!("$secret" in value)) return value;
  const placeholder = placeholderOf(value as JsonObject);
  return placeholder ? secret(placeholder.name) : value;
}

/** A copy of a value without the numbers of its placeholders. */
export function unnumberedValue(value: JsonValue): JsonValue {
  return JSON.parse(
    JSON.stringify(value),
    (_, inner) =>
      typeof inner === "string"
        ? unnumberedText(inner)
        : typeof inner === "object" && inner !== null
        ? unnumbered(inner)
        : inner,
  );
}

/** A text with the placeholders in it without their numbers. */
export function unnumberedText(text: string): string {
  return text.includes("$secret") || text.includes("%24secret")
    ? text.replace(IN_JSON, "$1}").replace(IN_FORM, "$1")
    : text;
}

/** Whether a text within JSON may hold a placeholder. */
export function textsHoldSecrets(json: string): boolean {
  return json.includes('\\"$secret') || json.includes("%24secret");
}
