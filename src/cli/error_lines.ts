/**
 * Formats a recorded error as lines: message, stack, and what caused it.
 *
 * @module
 */
import type { JsonValue } from "../../mod.ts";
import { compactJson } from "../json/preview.ts";

/** Maximum number of causes that are shown. */
const CAUSES_MAX = 10;

/** The lines of an error: a text, an object with a message, or any other value. */
export function errorLines(error: JsonValue, depth = 0): string[] {
  const prefix = depth === 0 ? "" : "caused by ";
  if (typeof error === "string") return linesOf(`${prefix}${error}`);
  const fields = fieldsOf(error);
  if (!fields) return [`${prefix}${compactJson(error)}`];
  const { name, code, message, stack, cause } = fields;
  const title = [name === "Error" ? code : name ?? code, message]
    .filter((part) => typeof part === "string" && part !== "").join(": ");
  // Most stacks begin with the title.
  const frames = typeof stack === "string"
    ? linesOf(stack).filter((line) => /^\s+at |^\S*@/.test(line))
    : [];
  const causes = cause === null || cause === undefined || depth === CAUSES_MAX
    ? []
    : errorLines(cause, depth + 1);
  return [...linesOf(`${prefix}${title}`), ...frames, ...causes];
}

/** The fields of an object with a message, also of one in the form of values. */
function fieldsOf(error: JsonValue): Record<string, JsonValue> | undefined {
  if (typeof error !== "object" || error === null || Array.isArray(error)) {
    return undefined;
  }
  const { $type, value } = error;
  if ($type === "Error") {
    return value === undefined ? undefined : fieldsOf(value);
  }
  return typeof error.message === "string"
    ? error as Record<string, JsonValue>
    : undefined;
}

function linesOf(text: string): string[] {
  return text.trimEnd().split("\n");
}
