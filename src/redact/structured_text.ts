/**
 * Redacts texts that hold values: JSON, lines of JSON, event streams, forms,
 * query strings and multipart bodies.
 *
 * @module
 */
import { exactJsonText, parseExactJson } from "../json/exact_json.ts";
import { toJsonValue } from "../json/typed_value.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";

/** Redacts a value; the same value where nothing is secret. */
export type RedactValue = (value: JsonValue) => JsonValue;

/**
 * Redacts the values in a text. Where none of them is secret the text stays as it
 * is, to the byte.
 *
 * @returns Undefined where the text is of no form that is known.
 */
export function redactText(
  text: string,
  redact: RedactValue,
): string | undefined {
  const [, start = "", content = "", end = ""] =
    /^(\ufeff?\s*)([\s\S]*?)(\s*)$/.exec(text) ?? [];
  if (content === "") return text;
  const redacted = redactJson(content, redact) ??
    redactLines(content, redact) ??
    redactForm(content, redact) ??
    redactMultipart(content, redact);
  return redacted === undefined ? undefined : start + redacted + end;
}

/** Redacts the query of a URL, and a fragment in the form of one. */
export function redactQuery(url: string, redact: RedactValue): string {
  const [, before = "", query = "", fragment = ""] =
    /^([^?#]*\??)([^#]*)(#.*)?$/s.exec(url) ?? [];
  const hash = fragment.slice(1);
  return before + (redactForm(query, redact) ?? query) +
    fragment.slice(0, 1) + (redactForm(hash, redact) ?? hash);
}

function redactJson(text: string, redact: RedactValue): string | undefined {
  if (!/^[{[]/.test(text)) return undefined;
  const parsed = parseExactJson(text);
  if (!parsed) return undefined;
  const value = toJsonValue(parsed.value);
  const redacted = redact(value);
  return JSON.stringify(redacted) === JSON.stringify(value)
    ? text
    : exactJsonText(redacted);
}

/** Lines of JSON, and those of an event stream. */
function redactLines(text: string, redact: RedactValue): string | undefined {
  const lines = text.split("\n");
  let found = 0;
  const redacted: string[] = [];
  for (const line of lines) {
    const [, field = "", content = "", end = ""] =
      /^((?:data|event|id|retry)?:\s?)?(.*?)(\s*)$/s.exec(line) ?? [];
    if (content === "" || field !== "" && !field.startsWith("data")) {
      redacted.push(line);
      continue;
    }
    const json = redactJson(content, redact);
    if (json !== undefined) found++;
    // Such as the last line of a stream: "[DONE]".
    else if (field === "" || !/^[\w[\] .-]*$/.test(content)) return undefined;
    redacted.push(field + (json ?? content) + end);
  }
  return found === 0 ? undefined : redacted.join("\n");
}

const FORM = /^[^\s=&{}<>"?/]+=[^\s&]*(?:&[^\s=&]*(?:=[^\s&]*)?)*$/;

function redactForm(text: string, redact: RedactValue): string | undefined {
  if (!FORM.test(text)) return undefined;
  return text.split("&").map((field) => {
    const at = field.indexOf("=");
    if (at === -1) return field;
    const value = redactField(
      decode(field.slice(0, at)),
      decode(field.slice(at + 1)),
      redact,
    );
    return value === undefined
      ? field
      : field.slice(0, at + 1) + encodeURIComponent(value);
  }).join("&");
}

function redactMultipart(
  text: string,
  redact: RedactValue,
): string | undefined {
  const [boundary] = /^--[^\r\n]+/.exec(text) ?? [];
  if (boundary === undefined) return undefined;
  return text.split(boundary).map((part) => {
    const [, head, content, end] =
      /^(\r?\n[\s\S]*?\r?\n\r?\n)([\s\S]*?)(\r?\n)$/.exec(part) ?? [];
    if (head === undefined || content === undefined) return part;
    const [, quoted, plain] = /;\s*name=(?:"([^"]*)"|([^;\s]+))/i.exec(head) ??
      [];
    const name = quoted ?? plain;
    if (name === undefined || /;\s*filename=/i.test(head)) return part;
    const value = redactField(name, content, redact);
    return value === undefined ? part : head + value + end;
  }).join(boundary);
}

/** Returns what replaces a field; undefined where it is not a secret. */
function redactField(
  name: string,
  value: string,
  redact: RedactValue,
): string | undefined {
  // `user[password]` is a field of a field.
  const keys = name.split(/[[\].]+/).filter((key) => key !== "");
  const object = keys.reduceRight<JsonValue>(
    (inner, key) => ({ [key]: inner }),
    value,
  );
  let redacted: JsonValue | undefined = redact(object);
  for (const key of keys) redacted = (redacted as JsonObject)?.[key];
  if (redacted === value) return undefined;
  return typeof redacted === "string" ? redacted : JSON.stringify(redacted);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text; // Not encoded, or not in UTF-8.
  }
}
