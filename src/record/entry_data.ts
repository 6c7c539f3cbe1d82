/**
 * Fixes what a scenario is started with.
 *
 * @module
 */
import { toJsonValue } from "../json/typed_value.ts";
import { inspectJson, type JsonObject } from "../json/value.ts";

/** A copy as JSON, so that later changes to the value do not show. */
export function copyAsJson(value: object): JsonObject {
  const verdict = inspectJson(value);
  return verdict === "clean" || verdict === "secret"
    ? JSON.parse(JSON.stringify(value))
    : toJsonValue(value, "entry_data") as JsonObject;
}
