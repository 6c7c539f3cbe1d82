/**
 * The reason why a step with `ok: false` failed, as one short text.
 *
 * @module
 */
import { shorten } from "../json/preview.ts";
import type { JsonObject } from "../json/value.ts";
import { REASON_LENGTH_MAX } from "./assertion_reason.ts";
import type { StepRecord } from "./step_record.ts";

/** Returns why a step with `ok: false` failed, as far as it says so. */
export function stepReason({ observation }: StepRecord): string {
  const { errors = [], status_code } = observation;
  const [error] = errors;
  const message = typeof error === "object" && error !== null
    ? (error as JsonObject).message
    : error;
  if (typeof message === "string") return shorten(message, REASON_LENGTH_MAX);
  return typeof status_code === "number"
    ? `status ${status_code}, and no assertion judged it`
    : "not ok, and no assertion judged it";
}
