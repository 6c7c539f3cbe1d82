/**
 * Encodes and decodes objects of the platform's classes: dates, maps, URLs and so on.
 *
 * @module
 */
import { typed } from "./typed_object.ts";
import { type JsonObject, type JsonValue, TYPE_KEY } from "./value.ts";

/** How a class of the platform is kept. */
export interface PlatformClass {
  /** Whether the value is one, also one of another realm, and not a look-alike. */
  is(value: object): boolean;
  encode(value: object, encode: (inner: unknown) => JsonValue): JsonObject;
  decode(value: JsonValue, decode: (inner: JsonValue) => unknown): unknown;
}

function platformClass<T>(
  name: string,
  encode: (value: T, encode: (inner: unknown) => JsonValue) => JsonValue,
  decode: (value: JsonValue, decode: (inner: JsonValue) => unknown) => unknown,
): PlatformClass {
  return {
    is: (value) => Object.prototype.toString.call(value) === `[object ${name}]`,
    encode: (value, inner) => typed(name, encode(value as T, inner)),
    decode,
  };
}

type Entries = [JsonValue, JsonValue][];

/** Each of them by its name. */
export const PLATFORM_CLASSES: Record<string, PlatformClass> = {
  // An invalid date has no text in ISO 8601.
  Date: platformClass<Date>(
    "Date",
    (date) => isNaN(date.getTime()) ? null : date.toISOString(),
    (text) => new Date(text === null ? NaN : String(text)),
  ),
  Map: platformClass<Map<unknown, unknown>>(
    "Map",
    (map, encode) =>
      [...map].map(([key, value]) => [encode(key), encode(value)]),
    (entries, decode) =>
      new Map(
        (entries as Entries).map((
          [key, value],
        ) => [decode(key), decode(value)]),
      ),
  ),
  Set: platformClass<Set<unknown>>(
    "Set",
    (set, encode) => [...set].map((item) => encode(item)),
    (items, decode) => new Set((items as JsonValue[]).map(decode)),
  ),
  URL: platformClass<URL>(
    "URL",
    (url) => url.href,
    (href) => new URL(String(href)),
  ),
  URLSearchParams: platformClass<URLSearchParams>(
    "URLSearchParams",
    (params) => String(params),
    (text) => new URLSearchParams(String(text)),
  ),
  Headers: platformClass<Headers>(
    "Headers",
    (headers) => [...headers],
    (pairs) => new Headers(pairs as [string, string][]),
  ),
  FormData: platformClass<FormData>(
    "FormData",
    (form) => [...form].map(([name, part]) => [name, formPart(part)]),
    (parts) => {
      const form = new FormData();
      for (const [name, part] of parts as Entries) {
        form.append(String(name), typeof part === "string" ? part : "");
      }
      return form;
    },
  ),
  RegExp: {
    is: (value) => Object.prototype.toString.call(value) === "[object RegExp]",
    encode(value) {
      const { source, flags } = value as RegExp;
      return { ...typed("RegExp", source), flags };
    },
    decode: (source) => source,
  },
};

/** The content of a file cannot be read without waiting: what it is can. */
function formPart(part: FormDataEntryValue): JsonValue {
  if (typeof part === "string") return part;
  const { name, type, size } = part;
  return { [TYPE_KEY]: "class", name: "File", value: { name, type, size } };
}
