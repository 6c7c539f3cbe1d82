/**
 * What replays against the same service were seen to differ in: `noise` of a
 * `replay.json`.
 *
 * @module
 */
import * as v from "valibot";
import type { JsonValue } from "../../json/value.ts";

/** What varies at a place. */
export type NoiseKind =
  | "time"
  | "id"
  | "counter"
  | "jitter"
  | "order"
  | "number"
  | "text"
  | "mixed";

/** The type of a value; `"missing"` where nothing stands. */
export type NoiseType =
  | "string"
  | "number"
  | "boolean"
  | "null"
  | "array"
  | "object"
  | "missing";

/**
 * A place that varies, and within which bounds. A difference there is ignored
 * where it is within them; any other one is reported.
 */
export interface NoiseRule {
  /** Name of the step. */
  step: string;
  /** The place in its observation; `[*]` stands for any item of an array. */
  path: string;
  /** What varies there. */
  kind: NoiseKind;
  /** The types that were seen. */
  types: readonly NoiseType[];
  /** The shortest and the longest text that was seen. */
  length?: readonly [number, number] | undefined;
  /** The smallest and the greatest number that was seen. */
  range?: readonly [number, number] | undefined;
  /** Some of the values, for people. */
  seen: readonly JsonValue[];
  /** How many replays there were, of how many instances. */
  replays: number;
}

const KINDS = [
  "time",
  "id",
  "counter",
  "jitter",
  "order",
  "number",
  "text",
  "mixed",
] as const;
const TYPES = [
  "string",
  "number",
  "boolean",
  "null",
  "array",
  "object",
  "missing",
] as const;
const bounds = v.optional(v.tuple([v.number(), v.number()]));

/** What a list of {@linkcode NoiseRule}s may hold. */
export const NoiseSchema: v.GenericSchema<readonly NoiseRule[]> = v.array(
  v.strictObject({
    step: v.string("must be a step_name"),
    path: v.string("must be a path"),
    kind: v.picklist(KINDS),
    types: v.array(v.picklist(TYPES)),
    length: bounds,
    range: bounds,
    seen: v.array(v.any() as v.GenericSchema<JsonValue>),
    replays: v.number(),
  }),
);

/** The type of a value. */
export function typeOf(value: JsonValue | undefined): NoiseType {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value as NoiseType;
}
