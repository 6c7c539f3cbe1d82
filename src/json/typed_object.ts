/**
 * The form in which a value is kept that JSON cannot hold.
 *
 * @module
 */
import { type JsonObject, type JsonValue, TYPE_KEY } from "./value.ts";

/** Such a value: its type, and what JSON can hold of it. */
export function typed(type: string, value: JsonValue): JsonObject {
  return { [TYPE_KEY]: type, value };
}

/** Whether JSON holds this number as it is. */
export function isPlainNumber(value: number): boolean {
  return Number.isFinite(value) && !Object.is(value, -0);
}

/** Sets a property, `__proto__` like any other. */
export function defineMember(
  object: object,
  key: string,
  value: unknown,
): void {
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
