/**
 * Keeps JavaScript values that JSON cannot hold, under the reserved key `$type`.
 *
 * @module
 */
import { decodeBase64, encodeBase64 } from "@std/encoding/base64";
import { thrownText } from "../errors.ts";
import { joinPath } from "./path.ts";
import {
  DEPTH_MAX,
  isRawJson,
  type JsonObject,
  type JsonValue,
  TYPE_KEY,
} from "./value.ts";

/** A typed value takes at most so many levels more than the value itself. */
const LEVELS_OF_A_TYPE = 4;
const LEVELS_MAX = DEPTH_MAX - LEVELS_OF_A_TYPE;

/**
 * Makes any JavaScript value JSON. Plain JSON stays as it is; anything else
 * becomes an object with `$type`, which {@linkcode reviveValues} undoes.
 *
 * Properties whose value is `undefined`, symbol keys, properties that are not
 * enumerable, and those of an array other than its items are left out.
 *
 * @param path Path of the value, for what leads back to a value around it.
 */
export function toJsonValue(value: unknown, path = ""): JsonValue {
  return new Encoder().encode(value, path);
}

/** Makes a thrown value the `error` of a record: name, message, stack, cause. */
export function toErrorFields(error: unknown): {
  name: string;
  message: string;
  stack: string | null;
  cause: JsonValue;
  [field: string]: JsonValue;
} {
  if (isError(error)) return new Encoder().errorFields(error, "error");
  if (typeof error === "string") {
    return { name: "Error", message: error, stack: null, cause: null };
  }
  const cause = toJsonValue(error, "error");
  const text = thrownText(error);
  return { name: "Error", message: text, stack: null, cause };
}

function typed(type: string, value: JsonValue): JsonObject {
  return { [TYPE_KEY]: type, value };
}

class Encoder {
  /** The objects around the value at hand, with their paths. */
  readonly #above = new Map<object, string>();

  encode(value: unknown, path: string): JsonValue {
    switch (typeof value) {
      case "string":
      case "boolean":
        return value;
      case "number":
        return isPlainNumber(value)
          ? value
          : typed("number", Object.is(value, -0) ? "-0" : String(value));
      case "bigint":
        return typed("bigint", String(value));
      case "undefined":
        return { [TYPE_KEY]: "undefined" };
      case "function":
        return typed("function", nameOf(value));
      case "symbol":
        return typed("symbol", value.description ?? "");
    }
    if (typeof value !== "object" || value === null) return null;
    const before = this.#above.get(value);
    if (before !== undefined) return typed("cycle", before);
    if (this.#above.size >= LEVELS_MAX) return { [TYPE_KEY]: "truncated" };
    this.#above.set(value, path);
    try {
      return this.#object(value, path);
    } catch (error) {
      // A getter or a proxy: what it threw is what there is to see.
      return typed("thrown", thrownText(error));
    } finally {
      this.#above.delete(value);
    }
  }

  errorFields(error: Error, path: string): {
    name: string;
    message: string;
    stack: string | null;
    cause: JsonValue;
    [field: string]: JsonValue;
  } {
    const { name, message, stack, cause } = error;
    this.#above.set(error, path);
    try {
      const own = this.#members(error, path);
      const errors = (error as { errors?: unknown }).errors;
      return {
        name: String(name),
        message: String(message),
        stack: typeof stack === "string" ? stack : null,
        cause: cause === undefined
          ? null
          : this.encode(cause, joinPath(path, "cause")),
        // Not enumerable in an AggregateError.
        ...(Array.isArray(errors) &&
          { errors: this.encode(errors, joinPath(path, "errors")) }),
        ...omit(own, ["name", "message", "stack", "cause", "errors"]),
      };
    } finally {
      this.#above.delete(error);
    }
  }

  #object(value: object, path: string): JsonValue {
    if (Array.isArray(value)) {
      return Array.from(
        value,
        (item, index) => this.encode(item, `${path}[${index}]`),
      );
    }
    if (isError(value)) {
      this.#above.delete(value);
      return typed("Error", this.errorFields(value, path));
    }
    if (isRawJson(value)) return rawJsonValue(value.rawJSON);
    const name = className(value);
    const special = SPECIAL[name];
    if (special?.is(value)) {
      return special.encode(value, (inner) => this.encode(inner, path));
    }
    const bytes = bytesOf(value);
    if (bytes) {
      const encoded = typed("bytes", encodeBase64(bytes));
      return name === "Uint8Array" ? encoded : { ...encoded, class: name };
    }
    const members = this.#members(value, path);
    if (isPlainObject(value)) {
      return Object.hasOwn(members, TYPE_KEY)
        ? typed("object", members)
        : members;
    }
    const text = Object.keys(members).length === 0 ? textOf(value) : undefined;
    return {
      [TYPE_KEY]: "class",
      name,
      value: members,
      ...(text !== undefined && { text }),
    };
  }

  #members(value: object, path: string): JsonObject {
    const members: JsonObject = {};
    for (const key of Object.keys(value)) {
      const place = joinPath(path, key);
      let member: JsonValue;
      try {
        const given = (value as Record<string, unknown>)[key];
        if (given === undefined) continue;
        member = this.encode(given, place);
      } catch (error) {
        member = typed("thrown", thrownText(error));
      }
      define(members, key, member);
    }
    return members;
  }
}

/** How a class of the platform is kept. */
interface SpecialClass {
  /** Whether the value is one, also one of another realm, and not a look-alike. */
  is(value: object): boolean;
  encode(value: object, encode: (inner: unknown) => JsonValue): JsonObject;
  decode(value: JsonValue, decode: (inner: JsonValue) => unknown): unknown;
}

function special<T>(
  name: string,
  encode: (value: T, encode: (inner: unknown) => JsonValue) => JsonValue,
  decode: (value: JsonValue, decode: (inner: JsonValue) => unknown) => unknown,
): SpecialClass {
  return {
    is: (value) => Object.prototype.toString.call(value) === `[object ${name}]`,
    encode: (value, inner) => typed(name, encode(value as T, inner)),
    decode,
  };
}

type Entries = [JsonValue, JsonValue][];

const SPECIAL: Record<string, SpecialClass> = {
  // An invalid date has no text in ISO 8601.
  Date: special<Date>(
    "Date",
    (date) => isNaN(date.getTime()) ? null : date.toISOString(),
    (text) => new Date(text === null ? NaN : String(text)),
  ),
  Map: special<Map<unknown, unknown>>(
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
  Set: special<Set<unknown>>(
    "Set",
    (set, encode) => [...set].map((item) => encode(item)),
    (items, decode) => new Set((items as JsonValue[]).map(decode)),
  ),
  URL: special<URL>("URL", (url) => url.href, (href) => new URL(String(href))),
  URLSearchParams: special<URLSearchParams>(
    "URLSearchParams",
    (params) => String(params),
    (text) => new URLSearchParams(String(text)),
  ),
  Headers: special<Headers>(
    "Headers",
    (headers) => [...headers],
    (pairs) => new Headers(pairs as [string, string][]),
  ),
  FormData: special<FormData>(
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

/**
 * Gives the JavaScript values back that a record was given: bigints, dates,
 * errors, maps, bytes and so on, where {@linkcode toJsonValue} wrote `$type`.
 * What has no value to give back (functions, symbols, classes, cycles) stays as
 * it is in the file.
 *
 * @example
 * ```ts
 * import { createRun, openRun, reviveValues } from "@windtunnel/artifacts";
 *
 * await using run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({
 *   scenario_id: "checkout",
 *   entry_data: { total: 12n, due: new Date(0) },
 * });
 * await instance.complete();
 *
 * const past = await openRun(run.path);
 * for await (const { entry_data } of past.instances()) {
 *   console.log(entry_data); // { total: { $type: "bigint", value: "12" }, … }
 *   console.log(reviveValues(entry_data)); // { total: 12n, due: Date }
 * }
 * ```
 */
export function reviveValues(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(reviveValues);
  const object = value as JsonObject;
  const type = object[TYPE_KEY];
  return typeof type === "string"
    ? revived(type, object)
    : revivedMembers(object);
}

function revivedMembers(object: JsonObject): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(object)) {
    define(members, key, reviveValues(member));
  }
  return members;
}

function revived(type: string, object: JsonObject): unknown {
  const { value } = object;
  switch (type) {
    case "object":
      return revivedMembers(value as JsonObject);
    case "undefined":
      return undefined;
    case "bigint":
      return BigInt(String(value));
    case "number": {
      const number = Number(value);
      // Digits that a double cannot hold stay as they are.
      return isPlainNumber(number) ? object : number;
    }
    case "Error":
      return revivedError(value as JsonObject);
    case "RegExp":
      return new RegExp(String(value), String(object.flags ?? ""));
    case "bytes":
      return revivedBytes(String(value), object.class);
  }
  const special = Object.hasOwn(SPECIAL, type) ? SPECIAL[type] : undefined;
  return special && value !== undefined
    ? special.decode(value, reviveValues)
    : object;
}

const ERRORS: Record<string, ErrorConstructor> = {
  Error,
  EvalError,
  RangeError,
  ReferenceError,
  SyntaxError,
  TypeError,
  URIError,
};

function revivedError(fields: JsonObject): Error {
  const { name, message, stack, cause, ...own } = fields;
  const Class = Object.hasOwn(ERRORS, String(name))
    ? ERRORS[String(name)]!
    : Error;
  const error = new Class(String(message));
  const hide = (key: string, value: unknown) =>
    Object.defineProperty(error, key, {
      value,
      writable: true,
      configurable: true,
      enumerable: false,
    });
  if (error.name !== name) hide("name", name);
  hide("stack", stack ?? undefined);
  if (cause !== null) hide("cause", reviveValues(cause));
  for (const [key, value] of Object.entries(own)) {
    define(error, key, reviveValues(value));
  }
  return error;
}

const VIEWS: Record<string, new (buffer: ArrayBuffer) => unknown> = {
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
  DataView,
};

function revivedBytes(base64: string, name: JsonValue | undefined): unknown {
  const bytes = decodeBase64(base64);
  if (name === "ArrayBuffer" || name === "SharedArrayBuffer") {
    return bytes.buffer;
  }
  const View = Object.hasOwn(VIEWS, String(name))
    ? VIEWS[String(name)]
    : undefined;
  return View ? new View(bytes.buffer) : bytes;
}

function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

/** Also an error of another realm. */
function isError(value: unknown): value is Error {
  return value instanceof Error ||
    Object.prototype.toString.call(value) === "[object Error]";
}

/** A number that a double cannot hold keeps its digits. */
function rawJsonValue(text: string): JsonValue {
  const value: JsonValue = JSON.parse(text);
  return typeof value !== "number" || String(value) === text
    ? value
    : typed("number", text);
}

function bytesOf(value: object): Uint8Array | undefined {
  if (ArrayBuffer.isView(value)) {
    return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  }
  const tag = Object.prototype.toString.call(value);
  return tag === "[object ArrayBuffer]" || tag === "[object SharedArrayBuffer]"
    ? new Uint8Array(value as ArrayBuffer)
    : undefined;
}

function isPlainObject(value: object): boolean {
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype ||
    // Of another realm.
    Object.getPrototypeOf(prototype) === null &&
      Object.hasOwn(prototype, "isPrototypeOf");
}

function className(value: object): string {
  const name: unknown = value.constructor?.name;
  return typeof name === "string" && name !== "" ? name : "Object";
}

function nameOf(value: { name?: unknown }): string {
  return typeof value.name === "string" ? value.name : "";
}

/** What an object says of itself, where that is more than its class. */
function textOf(value: object): string | undefined {
  const text = String(value);
  return text.startsWith("[object ") ? undefined : text;
}

function omit(object: JsonObject, keys: readonly string[]): JsonObject {
  const rest: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (!keys.includes(key)) define(rest, key, value);
  }
  return rest;
}

/** `__proto__` as a property like any other. */
function define(object: object, key: string, value: unknown): void {
  if (key !== "__proto__") {
    (object as Record<string, unknown>)[key] = value;
    return;
  }
  Object.defineProperty(object, key, {
    value,
    writable: true,
    configurable: true,
    enumerable: true,
  });
}
