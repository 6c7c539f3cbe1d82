/**
 * Takes secrets out of records before they are written.
 *
 * @module
 */
import * as v from "valibot";
import type { MemberForm, MemberForms } from "../json/json_bytes.ts";
import { type JsonObject, type JsonValue, TYPE_KEY } from "../json/value.ts";
import {
  isHeadersKey,
  isProseKey,
  isSecretKey,
  isTextKey,
  mayHoldSecret,
} from "./secret_keys.ts";
import { hasCredentials, withoutCredentials } from "../json/conceal.ts";
import { redactQuery, redactText } from "./structured_text.ts";
import { TextOption } from "../check/options.ts";
import { parsePattern, type Path, pathText } from "../json/path_pattern.ts";
import { PathRules, type RuleStates } from "../json/path_rules.ts";
import { SecretHeaders } from "./headers.ts";
import { isSecret, type MarkSecret, secret } from "../json/placeholder.ts";

/** Secrets that are taken out of records in addition to the default ones. */
export interface RedactOptions {
  /**
   * Names of further headers; case does not matter. The values of
   * `authorization`, `proxy-authorization`, `cookie`, `set-cookie` and `x-api-key`
   * are always taken out.
   */
  headers?: readonly string[];
  /**
   * Places whose values are taken out, such as `"request.body.password"`,
   * `"observation.body.items[*].card"` or `"**.token"`: `*` stands for any one
   * segment, `**` for any number of them. They begin with the field:
   * `observation`, `request`, `response`, `entry_data`, `error`, `expected`,
   * `actual`, `message`, `config`, or `artifacts["<name>"]` for JSON that is
   * passed to `artifact()`.
   */
  paths?: readonly string[];
  /**
   * Whether the values of `password`, `passwd`, `secret`, `token`, `access_token`,
   * `refresh_token`, `client_secret` and `api_key` are taken out wherever they are
   * keys: of objects, and of JSON, forms and query strings in bodies and URLs; and
   * the passwords of URLs. Default: true.
   */
  defaults?: boolean;
  /**
   * What becomes of a body that is of no form that is known (other text, bytes)
   * where a rule of `paths` names a place in it: `"keep"`, or else it is
   * withheld, and `{"$secret": "body"}` stands in its place.
   */
  unreadableBodies?: "keep" | "withhold";
  /**
   * Called with every text, number, boolean and null in those fields, and with
   * every text that is passed to `artifact()`. Its result replaces the value;
   * `undefined` keeps it. If it throws, the record is rejected.
   */
  replace?: (
    path: string,
    value: string | number | boolean | null,
  ) => JsonValue | undefined;
}

/** The option `redact`. */
export const RedactSchema: v.GenericSchema<boolean | RedactOptions> = v.union([
  v.boolean(),
  v.strictObject({
    headers: v.optional(v.array(TextOption, "must be an array of texts")),
    paths: v.optional(v.array(TextOption, "must be an array of texts")),
    defaults: v.optional(v.boolean()),
    unreadableBodies: v.optional(v.picklist(["keep", "withhold"])),
    replace: v.optional(v.custom<NonNullable<RedactOptions["replace"]>>(
      (value) => typeof value === "function",
      "must be a function",
    )),
  }),
], "must be true, false or an object");

/**
 * Takes secrets out of the records of one run, and puts `{"$secret":"<name>"}` in
 * their places: the name is that of the header in lower case, or the last key of
 * the path. Values are copied, never changed.
 */
export class Redactor implements MemberForms {
  readonly #headers: SecretHeaders;
  readonly #rules: PathRules;
  readonly #replace: RedactOptions["replace"];
  readonly #defaults: boolean;
  readonly #keepsUnreadable: boolean;
  #hasWarned = false;
  /** Whether what is redacted stood in a text, in which texts hold values again. */
  #isInText = false;
  /** Whether every record has to be redacted, not only those with secrets. */
  readonly redactsAll: boolean;

  /** @throws {ArtifactError} `INVALID_OPTION` where a path is not a pattern. */
  constructor(options: RedactOptions) {
    const { headers = [], paths = [], replace } = options;
    this.#headers = new SecretHeaders(headers);
    this.#rules = new PathRules(
      paths.map((path) => parsePattern(path, "redact.paths")),
    );
    this.#replace = replace;
    this.#defaults = options.defaults ?? true;
    this.#keepsUnreadable = options.unreadableBodies === "keep";
    this.redactsAll = paths.length > 0 || replace !== undefined;
  }

  /** Whether the member of a key is a secret, or a text or headers that hold one. */
  readonly holdsSecret = (key: string, member: unknown): boolean => {
    if (isHeadersKey(key)) return this.#headers.areIn(member);
    if (!this.#defaults) return false;
    if (isSecretKey(key)) return isOpenSecret(member);
    return typeof member === "string" && isTextKey(key) &&
      mayHoldSecret(member);
  };

  /** How a member is written by its key, among headers or elsewhere. */
  formOf(key: string, inHeaders: boolean): MemberForm {
    if (this.redactsAll) return "general";
    if (inHeaders) {
      if (this.#headers.isNameKey(key)) return "general";
      if (this.#headers.isSecretName(key)) return "secret";
    }
    if (isHeadersKey(key)) return "headers";
    if (this.#defaults && isSecretKey(key)) return "secret";
    if (this.#defaults && isTextKey(key)) return inHeaders ? "general" : "text";
    return inHeaders ? "header" : "plain";
  }

  /** Whether a text may hold a secret at a place of that form. */
  mayHoldSecret(text: string, form: MemberForm): boolean {
    if (form === "text") return mayHoldSecret(text);
    if (form === "header" && !text.includes(":")) return false;
    return this.#headers.areIn(text);
  }

  /** What a secret is called by its key, among headers or elsewhere. */
  secretName(key: string, inHeaders: boolean): string {
    const isHeader = inHeaders && this.#headers.isSecretName(key);
    return isHeader ? key.toLowerCase() : key;
  }

  /**
   * Returns a copy of a JSON value without its secrets.
   *
   * @param mark Returns what stands for a secret.
   */
  value(value: JsonValue, path: Path, mark: MarkSecret = secret): JsonValue {
    const states = path.reduce<RuleStates>(
      (states, key) => this.#rules.below(states, key),
      this.#rules.start,
    );
    return this.#copy(value, [...path], states, mark);
  }

  /** Returns a text that is an artifact without its secrets: no path covers it. */
  artifactText(text: string, name: string): JsonValue {
    return this.#replaced(text, ["artifacts", name]);
  }

  #copy(
    value: JsonValue,
    path: (string | number)[],
    states: RuleStates,
    mark: MarkSecret,
  ): JsonValue {
    if (isSecret(value)) return value;
    if (this.#rules.covers(states)) return mark(nameOf(path), value);
    if (typeof value === "string") {
      const text = this.#textValue(value, path, states, mark);
      return typeof text === "string" ? this.#replaced(text, path) : text;
    }
    if (typeof value !== "object" || value === null) {
      return this.#replaced(value, path);
    }
    if (Array.isArray(value)) {
      return value.map((item, index) =>
        this.#below(item, index, path, states, mark)
      );
    }
    const members = value[TYPE_KEY] === "Headers"
      ? this.#headers.without(value, mark)
      : value;
    // Made of entries: a key may be "__proto__".
    return Object.fromEntries(
      Object.entries(members as JsonObject).flatMap(([key, member]) => {
        if (member === undefined) return [];
        if (this.#defaults && isSecretKey(key) && isOpenSecret(member)) {
          return [[key, mark(key, member)]];
        }
        const cleared = isHeadersKey(key)
          ? this.#headers.without(member, mark)
          : member;
        return [[key, this.#below(cleared, key, path, states, mark)]];
      }),
    );
  }

  /** A text that may hold values: what is secret of them is taken out. */
  #textValue(
    text: string,
    path: readonly (string | number)[],
    states: RuleStates,
    mark: MarkSecret,
  ): JsonValue {
    const key = String(path.at(-1));
    const isNamed = this.#rules.mayCoverBelow(states);
    const isDefault = this.#defaults && (this.#isInText || isTextKey(key)) &&
      mayHoldSecret(text);
    if (!isNamed && !isDefault) return text;
    if (isDefault && isProseKey(key) && hasCredentials(text)) {
      return withoutCredentials(text);
    }
    const redact = (value: JsonValue) => {
      const wasInText = this.#isInText;
      this.#isInText = true;
      try {
        // A text of its own would be looked at for ever.
        return typeof value === "string"
          ? value
          : this.#copy(value, [...path], states, mark);
      } finally {
        this.#isInText = wasInText;
      }
    };
    if (key === "url" || key === "location") {
      return redactQuery(
        this.#defaults ? withoutCredentials(text) : text,
        redact,
      );
    }
    const redacted = redactText(text, redact);
    if (redacted !== undefined) return redacted;
    if (key !== "body" || !isNamed || this.#keepsUnreadable) return text;
    this.#warnOnce();
    return secret("body");
  }

  #warnOnce(): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn(
      'A body that cannot be read was withheld, because a rule of redact.paths names a place in it: redact.unreadableBodies: "keep" records such bodies',
    );
  }

  #below(
    member: JsonValue,
    key: string | number,
    path: (string | number)[],
    states: RuleStates,
    mark: MarkSecret,
  ): JsonValue {
    path.push(key);
    const copy = this.#copy(member, path, this.#rules.below(states, key), mark);
    path.pop();
    return copy;
  }

  #replaced(value: string | number | boolean | null, path: Path): JsonValue {
    const replaced = this.#replace?.(pathText(path), value);
    return replaced === undefined ? value : replaced;
  }

  /** Returns a text without its secrets, or the placeholder as a text. */
  text(text: string, field: string, mark: MarkSecret = secret): string {
    const redacted = this.value(text, [field], mark);
    return isSecret(redacted) ? JSON.stringify(redacted) : redacted as string;
  }
}

/**
 * Returns the redactor of a run; undefined where nothing is to be taken out.
 *
 * @throws {ArtifactError} `INVALID_OPTION` where a path is not a pattern.
 */
export function redactorOf(
  redact: boolean | RedactOptions | undefined,
): Redactor | undefined {
  if (redact === false) return undefined;
  return new Redactor(redact === undefined || redact === true ? {} : redact);
}

/** Whether a value may be a secret that has not been taken out. */
function isOpenSecret(value: unknown): boolean {
  return value !== null && value !== undefined && value !== "" &&
    typeof value !== "boolean" && !isSecret(value as JsonValue);
}

/** Returns the last key of a path; an index is not a name. */
function nameOf(path: Path): string {
  return String(path.findLast((key) => typeof key === "string") ?? "");
}
