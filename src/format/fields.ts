/**
 * Schemas and cheap checks of the fields that records have in common.
 *
 * A schema says what is wrong with a field; the cheap check of the same name
 * lets a good one pass. Tests hold the two to the same answer.
 *
 * @module
 */
import * as v from "valibot";
import {
  findJsonProblem,
  type JsonObject,
  type JsonValue,
} from "../json/value.ts";
import { isSafeName, nameProblem } from "./names.ts";
import { hasRealDay, TIMESTAMP } from "./timestamp.ts";

/** A text that is not empty. */
export const text: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.nonEmpty("must not be empty"),
);

/** A name that may become part of a path. */
export const safeName: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.check(isSafeName, "must be a safe file name"),
);

/** UTC, ISO 8601 with milliseconds and `Z`. */
export const timestamp: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.regex(
    TIMESTAMP,
    'must be in UTC, as "2024-01-15T10:30:00.000Z", which new Date(…).toISOString() gives',
  ),
  v.check(hasRealDay, "must be a date that exists"),
);

/** 32 lowercase hex digits, not all zero: a W3C trace id. */
export const traceId: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.regex(
    /^(?!0{32})[0-9a-f]{32}$/,
    "must be 32 lowercase hex digits, not all zero",
  ),
);

/** 16 lowercase hex digits, not all zero: a W3C parent id. */
export const spanId: v.GenericSchema<string> = v.pipe(
  v.string(),
  v.regex(
    /^(?!0{16})[0-9a-f]{16}$/,
    "must be 16 lowercase hex digits, not all zero",
  ),
);

/** A whole number, 0 or more. */
export const count: v.GenericSchema<number> = v.pipe(
  v.number(),
  v.safeInteger("must be a whole number"),
  v.minValue(0, "must be 0 or more"),
);

/** A duration in milliseconds, 0 or more. */
export const duration: v.GenericSchema<number> = v.pipe(
  v.number(),
  v.finite("must be finite"),
  v.minValue(0, "must be 0 or more"),
);

/** Any JSON value. */
export const jsonValue: v.GenericSchema<JsonValue> = v.custom<JsonValue>(
  (value) => value !== undefined && findJsonProblem(value, "") === undefined,
  "must be JSON",
);

/** Any JSON object. */
export const jsonObject: v.GenericSchema<JsonObject> = v.custom<JsonObject>(
  (value) => isObject(value) && findJsonProblem(value, "") === undefined,
  "must be a JSON object",
);

/** Whether a value passes {@linkcode text}. */
export function isText(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** Whether a value passes {@linkcode safeName}. */
export function isName(value: unknown): boolean {
  return nameProblem(value) === undefined;
}

/** Whether a value passes {@linkcode spanId}. */
export function isSpanId(value: unknown): boolean {
  if (typeof value !== "string" || value.length !== 16) return false;
  let isZero = true;
  // A regular expression is slower: each step has one.
  for (let i = 0; i < 16; i++) {
    const code = value.charCodeAt(i);
    const isDigit = code >= 48 && code <= 57;
    if (!isDigit && (code < 97 || code > 102)) return false;
    if (code !== 48) isZero = false;
  }
  return !isZero;
}

/** Whether a value passes {@linkcode count}. */
export function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Whether a value passes {@linkcode duration}. */
export function isDuration(value: unknown): boolean {
  return Number.isFinite(value) && (value as number) >= 0;
}

/** Whether a value is an object and not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether an object has a text in a field. */
export function hasText(value: object, field: string): boolean {
  return typeof (value as Record<string, unknown>)[field] === "string";
}

/** Whether a value has the ids by which readers find a record. */
export function hasIds(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null &&
    hasText(value, "instance_id") && hasText(value, "correlation_id");
}
