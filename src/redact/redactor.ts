/**
 * Secrets are kept out of a recording: the one owner of what is taken out of a
 * record, on its way to the disk.
 *
 * @module
 */
import * as v from "valibot";
import {
  isHeadersKey,
  type JsonObject,
  type JsonValue,
  TYPE_KEY,
} from "../json/value.ts";
import { TextOption } from "../check/options.ts";
import { parsePattern, type Path, pathText } from "../json/path_pattern.ts";
import { PathRules, type RuleStates } from "../json/path_rules.ts";
import { isSecret, secret } from "./placeholder.ts";

/** What is taken out of records, over the default. */
export interface RedactOptions {
  /**
   * Names of further headers, in any case. The values of `authorization`,
   * `proxy-authorization`, `cookie`, `set-cookie` and `x-api-key` are taken out
   * in any case.
   */
  headers?: readonly string[];
  /**
   * Places whose values are taken out, such as `"request.body.password"`,
   * `"observation.body.items[*].card"` or `"**.token"`: `*` stands for any one
   * segment, `**` for any number of them. They begin with the field:
   * `observation`, `request`, `response`, `entry_data`, `error`, `expected`,
   * `actual`, `message`, `config`, or `artifacts["<name>"]` for JSON that
   * `artifact()` is given.
   */
  paths?: readonly string[];
  /**
   * Is asked for every text, number, boolean and null in those fields, and for
   * every text that `artifact()` is given. What it returns stands there instead;
   * `undefined` leaves the value. Where it throws, the record is refused.
   */
  replace?: (
    path: string,
    value: string | number | boolean | null,
  ) => JsonValue | undefined;
}

/** What the option `redact` may be. */
export const RedactSchema: v.GenericSchema<boolean | RedactOptions> = v.union([
  v.boolean(),
  v.strictObject({
    headers: v.optional(v.array(TextOption, "must be an array of texts")),
    paths: v.optional(v.array(TextOption, "must be an array of texts")),
    replace: v.optional(v.custom<NonNullable<RedactOptions["replace"]>>(
      (value) => typeof value === "function",
      "must be a function",
    )),
  }),
], "must be true, false or an object");

const HEADERS = [
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "x-api-key",
];

/** `Name: value`, as a message has it, with the lines that go on with a value. */
const LINE = /^([^\s:]+)(:[ \t]*)[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*/gm;
/** Where an object that is a header has its name. */
const NAME = /^(?:name|key)$/i;
/** Where an object that is a header has what is secret of it. */
const VALUE = /^values?$/i;

/**
 * Takes secrets out of the records of one run. `{"$secret":"<name>"}` stands in
 * the place of each: the name is that of the header in lower case, or the last
 * key of the place. What is given is never changed.
 */
export class Redactor {
  readonly #headers: Set<string>;
  /** Lengths that names in `#headers` have: others need not be looked up. */
  readonly #lengths: boolean[] = [];
  readonly #rules: PathRules;
  readonly #replace: RedactOptions["replace"];
  /** Whether every record has to be redacted, not only those with secrets. */
  readonly redactsAll: boolean;

  /** @throws {ArtifactError} `INVALID_OPTION` where a path is not a pattern. */
  constructor(options: RedactOptions) {
    const { headers = [], paths = [], replace } = options;
    this.#headers = new Set([...HEADERS, ...headers.map(lowerCase)]);
    for (const { length } of this.#headers) this.#lengths[length] = true;
    this.#rules = new PathRules(
      paths.map((path) => parsePattern(path, "redact.paths")),
    );
    this.#replace = replace;
    this.redactsAll = paths.length > 0 || replace !== undefined;
  }

  /** Whether headers, in whatever form, hold a secret. */
  readonly holdsSecret = (headers: unknown): boolean =>
    this.#holdsSecret(headers);

  /** A copy of a JSON value without its secrets. */
  value(value: JsonValue, path: Path): JsonValue {
    const states = path.reduce<RuleStates>(
      (states, key) => this.#rules.below(states, key),
      this.#rules.start,
    );
    return this.#copy(value, [...path], states);
  }

  /** A text that is an artifact: no path rule looks into it. */
  artifactText(text: string, name: string): JsonValue {
    return this.#replaced(text, ["artifacts", name]);
  }

  #copy(
    value: JsonValue,
    path: (string | number)[],
    states: RuleStates,
  ): JsonValue {
    if (isSecret(value)) return value;
    if (this.#rules.covers(states)) return secret(nameOf(path));
    if (typeof value !== "object" || value === null) {
      return this.#replaced(value, path);
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => this.#below(item, index, path, states));
    }
    if (value[TYPE_KEY] === "Headers") value = this.#withoutMembers(value);
    // From entries, for a key may be "__proto__".
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, member]) => {
        if (member === undefined) return [];
        const cleared = isHeadersKey(key)
          ? this.#withoutHeaders(member)
          : member;
        return [[key, this.#below(cleared, key, path, states)]];
      }),
    );
  }

  #below(
    member: JsonValue,
    key: string | number,
    path: (string | number)[],
    states: RuleStates,
  ): JsonValue {
    path.push(key);
    const copy = this.#copy(member, path, this.#rules.below(states, key));
    path.pop();
    return copy;
  }

  #replaced(value: string | number | boolean | null, path: Path): JsonValue {
    const replaced = this.#replace?.(pathText(path), value);
    return replaced === undefined ? value : replaced;
  }

  /** A text without its secrets; where it is one, a text that stands for it. */
  text(text: string, field: string): string {
    const redacted = this.value(text, [field]);
    return isSecret(redacted) ? JSON.stringify(redacted) : redacted as string;
  }

  /**
   * The headers of a message in any form that programs have them in: an object,
   * pairs, objects with `name` or `key` and `value`, names and values in turn,
   * lines; and objects of these, save for names and values in turn: a list of
   * texts is the values of one header there, such as those of `vary`.
   */
  #withoutHeaders(headers: JsonValue): JsonValue {
    if (typeof headers === "string") return this.#withoutLines(headers);
    if (typeof headers !== "object" || headers === null) return headers;
    if (!Array.isArray(headers)) return this.#withoutMembers(headers);
    return headers.map((item, index) => {
      const name = headers[index - 1];
      if (index % 2 === 1 && this.#isSecretName(name)) {
        return this.#headerValue(name, item)!;
      }
      if (!Array.isArray(item)) return this.#withoutHeaders(item);
      const [key, ...values] = item;
      return this.#isSecretName(key)
        ? [key, ...values.map((value) => this.#headerValue(key, value)!)]
        : item;
    });
  }

  #withoutMembers(headers: JsonObject): JsonObject {
    const named = this.#secretNameIn(headers);
    return Object.fromEntries(
      Object.entries(headers).map(([key, value]) => {
        const name = named !== undefined && VALUE.test(key) ? named : key;
        const cleared = this.#headerValue(name, value);
        return [
          key,
          isNested(cleared) ? this.#withoutHeaders(cleared) : cleared,
        ];
      }),
    );
  }

  #withoutLines(text: string): string {
    return text.replace(
      LINE,
      (line, name, colon) =>
        this.#isSecretName(name)
          ? `${name}${colon}${JSON.stringify(secret(name.toLowerCase()))}`
          : line,
    );
  }

  #headerValue(
    name: string,
    value: JsonValue | undefined,
  ): JsonValue | undefined {
    const isOpen = this.#isSecretName(name) && value !== null &&
      value !== undefined && !isSecret(value);
    return isOpen ? secret(name.toLowerCase()) : value;
  }

  #holdsSecret(headers: unknown): boolean {
    if (typeof headers === "string") {
      return this.#withoutLines(headers) !== headers;
    }
    if (typeof headers !== "object" || headers === null) return false;
    if (Array.isArray(headers)) {
      return headers.some((item) =>
        this.#isSecretName(item) || this.#holdsSecret(item)
      );
    }
    for (const name in headers) {
      if (this.#isSecretName(name)) return true;
      const value = (headers as JsonObject)[name];
      if (this.#isSecretName(value) && NAME.test(name)) return true;
      if (isNested(value) && this.#holdsSecret(value)) return true;
    }
    return false;
  }

  /** The name of the header that an object is, where that is a secret one's. */
  #secretNameIn(header: JsonObject): string | undefined {
    for (const key in header) {
      const name = header[key];
      if (this.#isSecretName(name) && NAME.test(key)) return name;
    }
    return undefined;
  }

  #isSecretName(name: unknown): name is string {
    return typeof name === "string" && this.#lengths[name.length] === true &&
      this.#headers.has(name.toLowerCase());
  }
}

/**
 * The redactor of a run; undefined where nothing is to be taken out.
 *
 * @throws {ArtifactError} `INVALID_OPTION` where a path is not a pattern.
 */
export function redactorOf(
  redact: boolean | RedactOptions | undefined,
): Redactor | undefined {
  if (redact === false) return undefined;
  return new Redactor(redact === undefined || redact === true ? {} : redact);
}

/** Whether a member of headers may hold headers itself, and is no mere value. */
function isNested(value: JsonValue | undefined): value is JsonValue {
  if (typeof value === "string") return value.includes("\n");
  if (typeof value !== "object" || value === null) return false;
  return !Array.isArray(value) ||
    value.some((item) => typeof item === "object" && item !== null);
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

/** The last key of a place; an index says nothing. */
function nameOf(path: Path): string {
  return String(path.findLast((key) => typeof key === "string") ?? "");
}
