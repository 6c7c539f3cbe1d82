/**
 * Turns any JavaScript value into JSON: what JSON cannot hold goes under `$type`.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { thrownText } from "../errors.ts";
import { joinPath } from "./path.ts";
import { PLATFORM_CLASSES } from "./platform_classes.ts";
import { defineMember, isPlainNumber, typed } from "./typed_object.ts";
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
 * becomes an object with `$type`, which `reviveValues` undoes.
 *
 * Properties whose value is `undefined`, symbol keys, properties that are not
 * enumerable, and those of an array other than its items are left out.
 *
 * @param path Path of the value, for what leads back to a value around it.
 */
export function toJsonValue(value: unknown, path = ""): JsonValue {
  return new Encoder().encode(value, path);
}

/**
 * Makes a thrown value the `error` of a record: name, message, stack, cause. An
 * object that has them as an error has, as test runners hand errors on, is one.
 */
export function toErrorFields(error: unknown): {
  name: string;
  message: string;
  stack: string | null;
  cause: JsonValue;
  [field: string]: JsonValue;
} {
  if (isError(error) || isErrorLike(error)) {
    return new Encoder().errorFields(error, "error");
  }
  if (typeof error === "string") {
    return { name: "Error", message: error, stack: null, cause: null };
  }
  const cause = toJsonValue(error, "error");
  const text = thrownText(error);
  return { name: "Error", message: text, stack: null, cause };
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

  errorFields(error: object, path: string): {
    name: string;
    message: string;
    stack: string | null;
    cause: JsonValue;
    [field: string]: JsonValue;
  } {
    this.#above.set(error, path);
    try {
      const own = this.#members(error, path);
      const stack = readMember(error, "stack");
      const cause = readMember(error, "cause");
      const errors = readMember(error, "errors");
      return {
        name: memberText(error, "name") ?? "Error",
        message: memberText(error, "message") ??
          ("message" in error ? "something that cannot be read" : ""),
        stack: typeof stack === "string" ? stack : null,
        cause: cause === undefined
          ? own.cause ?? null // What its getter threw.
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
    const platformClass = Object.hasOwn(PLATFORM_CLASSES, name)
      ? PLATFORM_CLASSES[name]
      : undefined;
    if (platformClass?.is(value)) {
      return platformClass.encode(value, (inner) => this.encode(inner, path));
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
      defineMember(members, key, member);
    }
    return members;
  }
}

/** Also an error of another realm. */
function isError(value: unknown): value is Error {
  return value instanceof Error ||
    Object.prototype.toString.call(value) === "[object Error]";
}

/** A plain object in the form of an error, such as a runner's copy of one. */
function isErrorLike(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const texts = ["name", "message", "stack"].filter((key) =>
    typeof readMember(value, key) === "string"
  );
  return texts.length >= 2;
}

/** A member, or undefined where its getter throws. */
function readMember(value: object, key: string): unknown {
  try {
    return (value as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** A member as text; undefined where there is none that can be read. */
function memberText(value: object, key: string): string | undefined {
  const member = readMember(value, key);
  try {
    return member === undefined ? undefined : String(member);
  } catch {
    return undefined;
  }
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

/** The text of an object's own `toString`, where that is more than its class. */
function textOf(value: object): string | undefined {
  const text = String(value);
  return text.startsWith("[object ") ? undefined : text;
}

function omit(object: JsonObject, keys: readonly string[]): JsonObject {
  const rest: JsonObject = {};
  for (const [key, value] of Object.entries(object)) {
    if (!keys.includes(key)) defineMember(rest, key, value);
  }
  return rest;
}
