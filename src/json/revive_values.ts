/**
 * Gives back the JavaScript values that were kept under `$type`.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import { PLATFORM_CLASSES } from "./platform_classes.ts";
import { defineMember, isPlainNumber } from "./typed_object.ts";
import { type JsonObject, type JsonValue, TYPE_KEY } from "./value.ts";

/**
 * Gives the JavaScript values back that a record was given: bigints, dates,
 * errors, maps, bytes and so on, where the record has `$type`.
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
 *   console.log(entry_data.total); // { $type: "bigint", value: "12" }
 *   console.log(reviveValues(entry_data.total)); // 12n
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
    defineMember(members, key, reviveValues(member));
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
  const platformClass = Object.hasOwn(PLATFORM_CLASSES, type)
    ? PLATFORM_CLASSES[type]
    : undefined;
  return platformClass && value !== undefined
    ? platformClass.decode(value, reviveValues)
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
    defineMember(error, key, reviveValues(value));
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
