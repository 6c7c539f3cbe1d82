/**
 * Takes secrets out of records before they are written.
 *
 * @module
 */
import * as v from "valibot";
import { isHeadersKey, type JsonValue } from "../json/value.ts";
import { TextOption } from "../check/options.ts";
import {
  covers,
  parsePattern,
  type Path,
  type PathPattern,
  pathText,
} from "../json/path_pattern.ts";
import { SecretHeaders } from "./headers.ts";
import { isSecret, secret } from "./placeholder.ts";

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
export class Redactor {
  readonly #headers: SecretHeaders;
  readonly #paths: PathPattern[];
  readonly #replace: RedactOptions["replace"];
  /** Whether every record must be redacted, not only those with secret headers. */
  readonly redactsAll: boolean;

  /** @throws {ArtifactError} `INVALID_OPTION` where a path is not a pattern. */
  constructor(options: RedactOptions) {
    const { headers = [], paths = [], replace } = options;
    this.#headers = new SecretHeaders(headers);
    this.#paths = paths.map((path) => parsePattern(path, "redact.paths"));
    this.#replace = replace;
    this.redactsAll = paths.length > 0 || replace !== undefined;
  }

  /** Whether headers, in any form, hold a secret. */
  readonly holdsSecret = (headers: unknown): boolean =>
    this.#headers.areIn(headers);

  /** Returns a copy of a JSON value without its secrets. */
  value(value: JsonValue, path: Path): JsonValue {
    return this.#copy(value, path);
  }

  /** Returns a text that is an artifact without its secrets: no path covers it. */
  artifactText(text: string, name: string): JsonValue {
    return this.#replaced(text, ["artifacts", name]);
  }

  #copy(value: JsonValue, path: Path): JsonValue {
    if (isSecret(value)) return value;
    if (this.#paths.some((pattern) => covers(pattern, path))) {
      return secret(nameOf(path));
    }
    if (typeof value !== "object" || value === null) {
      return this.#replaced(value, path);
    }
    if (Array.isArray(value)) {
      return value.map((item, index) => this.#copy(item, [...path, index]));
    }
    // Made of entries: a key may be "__proto__".
    return Object.fromEntries(
      Object.entries(value).flatMap(([key, member]) => {
        if (member === undefined) return [];
        const redacted = isHeadersKey(key)
          ? this.#headers.without(member)
          : member;
        return [[key, this.#copy(redacted, [...path, key])]];
      }),
    );
  }

  #replaced(value: string | number | boolean | null, path: Path): JsonValue {
    const replaced = this.#replace?.(pathText(path), value);
    return replaced === undefined ? value : replaced;
  }

  /** Returns a text without its secrets, or the placeholder as a text. */
  text(text: string, field: string): string {
    const redacted = this.value(text, [field]);
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

/** Returns the last key of a path; an index is not a name. */
function nameOf(path: Path): string {
  return String(path.findLast((key) => typeof key === "string") ?? "");
}
