/**
 * Takes the values of secret headers out of a message's headers.
 *
 * @module
 */
import { exactJsonText, parseExactJson } from "../json/exact_json.ts";
import { toJsonValue } from "../json/typed_value.ts";
import type { JsonObject, JsonValue } from "../json/value.ts";
import {
  isSecret,
  type MarkSecret,
  placeholderIn,
  secret,
} from "../json/placeholder.ts";

/** Headers that are always secret. */
const DEFAULT_NAMES = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
];

/**
 * A line `Name: value`: also indented, with the mark of a direction as curl shows
 * it (`> Name: value`), and with spaces before the colon.
 */
const HEADER_LINE = /^([ \t]*(?:[<>*][ \t]*)?)([^\s:]+)([ \t]*:[ \t]*)/;
/** Keys under which an object that is one header has its name. */
const NAME_KEY = /^(?:name|key|field|header)$/i;
/** Keys under which an object that is one header has its value. */
const VALUE_KEY = /^values?$/i;

/**
 * The secret headers of a run.
 *
 * Headers may have any form that programs use: an object by name, pairs, objects
 * with `name`, `key`, `field` or `header` and `value`, names and values in turn,
 * lines of text, any of these as JSON text, and lists and objects of these. Only names and values in turn are not found inside an object:
 * there a list of texts is the values of one header, such as `vary`.
 */
export class SecretHeaders {
  readonly #names: Set<string>;
  /** Lengths of the names: others need not be looked up. */
  readonly #lengths: boolean[] = [];

  /** @param names Further headers than the default ones, in any case. */
  constructor(names: readonly string[]) {
    this.#names = new Set(
      [...DEFAULT_NAMES, ...names].map((name) => name.toLowerCase()),
    );
    for (const { length } of this.#names) this.#lengths[length] = true;
  }

  /** Whether a key among headers is the name of a secret one. */
  isSecretName(key: string): boolean {
    return this.#isName(key);
  }

  /**
   * Whether a member of headers with that key may be the name of a header: then
   * what stands beside it may be a secret.
   */
  isNameKey(key: string): boolean {
    return NAME_KEY.test(key);
  }

  /** Whether the headers hold the value of a secret one. */
  areIn(headers: unknown): boolean {
    if (typeof headers === "string") {
      return this.#withoutText(headers, secret) !== headers;
    }
    if (typeof headers !== "object" || headers === null) return false;
    if (Array.isArray(headers)) {
      return headers.some((item) => this.#isName(item) || this.areIn(item));
    }
    for (const key in headers) {
      if (this.#isName(key)) return true;
      const value = (headers as JsonObject)[key];
      if (this.#isName(value) && NAME_KEY.test(key)) return true;
      if (mayBeHeaders(value) && this.areIn(value)) return true;
    }
    return false;
  }

  /**
   * Returns a copy of headers without the values of secret ones.
   *
   * @param mark Returns what stands for them.
   */
  without(headers: JsonValue, mark: MarkSecret): JsonValue {
    if (typeof headers === "string") return this.#withoutText(headers, mark);
    if (typeof headers !== "object" || headers === null) return headers;
    if (!Array.isArray(headers)) return this.#withoutMembers(headers, mark);
    return headers.map((item, index) => {
      const name = headers[index - 1];
      if (index % 2 === 1 && this.#isName(name)) {
        return this.#valueOf(name, item, mark)!;
      }
      if (!Array.isArray(item)) return this.without(item, mark);
      const [key, ...values] = item;
      return this.#isName(key)
        ? [key, ...values.map((value) => this.#valueOf(key, value, mark)!)]
        : mayBeHeaders(item)
        ? this.without(item, mark)
        : item;
    });
  }

  #withoutMembers(headers: JsonObject, mark: MarkSecret): JsonObject {
    const ownName = this.#secretNameOf(headers);
    return Object.fromEntries(
      Object.entries(headers).map(([key, member]) => {
        const name = ownName !== undefined && VALUE_KEY.test(key)
          ? ownName
          : key;
        const value = this.#valueOf(name, member, mark);
        return [key, mayBeHeaders(value) ? this.without(value, mark) : value];
      }),
    );
  }

  #withoutText(text: string, mark: MarkSecret): string {
    if (/^\s*[{[]/.test(text)) {
      const parsed = parseExactJson(text);
      if (parsed) {
        return this.#withoutJson(text, toJsonValue(parsed.value), mark);
      }
    }
    return this.#withoutLines(text, mark);
  }

  #withoutJson(text: string, headers: JsonValue, mark: MarkSecret): string {
    return this.areIn(headers)
      ? exactJsonText(this.without(headers, mark))
      : text;
  }

  #withoutLines(text: string, mark: MarkSecret): string {
    if (!text.includes(":")) return text;
    const kept: string[] = [];
    /** Whether the line before belongs to a secret header. */
    let inSecret = false;
    for (const line of text.split("\n")) {
      const [start, before = "", name, colon] = HEADER_LINE.exec(line) ?? [];
      if (this.#isName(name)) {
        const value = line.slice(start!.length).trim();
        const end = line.endsWith("\r") ? "\r" : "";
        kept.push(
          placeholderIn(value) ? line : before + name + colon +
            JSON.stringify(mark(name.toLowerCase(), value)) +
            end,
        );
        inSecret = true;
      } else if (!inSecret || !/^[ \t]+\S/.test(line) || name !== undefined) {
        kept.push(line);
        inSecret = false;
      } // Else it goes on with the value.
    }
    return kept.join("\n");
  }

  /** Returns the value of a header; the placeholder of a secret one. */
  #valueOf(
    name: string,
    value: JsonValue | undefined,
    mark: MarkSecret,
  ): JsonValue | undefined {
    const isOpen = this.#isName(name) && value !== null &&
      value !== undefined && !isSecret(value);
    return isOpen ? mark(name.toLowerCase(), value) : value;
  }

  /** Returns the name of an object that is one secret header. */
  #secretNameOf(header: JsonObject): string | undefined {
    for (const key in header) {
      const name = header[key];
      if (this.#isName(name) && NAME_KEY.test(key)) return name;
    }
    return undefined;
  }

  #isName(name: unknown): name is string {
    return typeof name === "string" && this.#lengths[name.length] === true &&
      this.#names.has(name.toLowerCase());
  }
}

/** Whether a member of headers may hold headers, and is not just a value. */
function mayBeHeaders(value: JsonValue | undefined): value is JsonValue {
  if (typeof value === "string") return value.includes(":");
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) ||
    value.some((item) => typeof item === "object" && item !== null);
}
