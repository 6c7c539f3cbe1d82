/**
 * Finds the request and the response of a step, whatever form they have.
 *
 * @module
 */
import { isObject } from "./fields.ts";
import { artifactPath, stepFileName } from "./layout.ts";
import { isSafeName } from "./names.ts";
import type { StepRecord } from "./step_record.ts";
import type { JsonValue } from "../json/value.ts";

/** What a step sent, or what came back. */
export type MessagePart = "request" | "response";

/**
 * Where a request or a response is: in a file, or in the line of its step. A file
 * `isOptional` that is kept only where its instance did not pass.
 */
export type MessagePlace =
  | { path: string; isOptional: boolean; value?: undefined }
  | { path: null; isOptional: false; value: JsonValue };

/**
 * Returns where the request or the response of a step is; null for none. A path is
 * one of the step's own instance, relative to the run directory.
 */
export function messagePlace(
  step: StepRecord,
  part: MessagePart,
): MessagePlace | null {
  const { instance_id, step_index, artifacts } = step;
  const own = artifactPath(instance_id, stepFileName(step_index, part));
  if (artifacts.includes(own)) return { path: own, isOptional: false };
  const value = step[part];
  if (value === undefined) return null;
  const path = referenceOf(instance_id, value);
  return path === undefined
    ? { path: null, isOptional: false, value }
    : { path, isOptional: path === own };
}

/** Returns where the request and the response of a step are, as far as it has them. */
export function messagePlaces(step: StepRecord): MessagePlace[] {
  return (["request", "response"] as const)
    .flatMap((part) => messagePlace(step, part) ?? []);
}

/** Returns the paths of all files that a step names, each once. */
export function namedPaths(step: StepRecord): string[] {
  const messages = messagePlaces(step).flatMap(({ path }) => path ?? []);
  return [...new Set([...step.artifacts, ...messages])];
}

/** Whether a value is a reference to a file of an instance. */
export function isReference(instance_id: string, value: JsonValue): boolean {
  return referenceOf(instance_id, value) !== undefined;
}

/** The path in `{"$artifact": path, "bytes": n}`; undefined for another value. */
function referenceOf(
  instance_id: string,
  value: JsonValue,
): string | undefined {
  if (!isObject(value)) return undefined;
  const { $artifact: path, bytes, ...others } = value;
  const isReference = typeof path === "string" && typeof bytes === "number" &&
    Object.keys(others).length === 0;
  if (!isReference) return undefined;
  const prefix = artifactPath(instance_id, "");
  const isOwn = path.startsWith(prefix) &&
    isSafeName(path.slice(prefix.length));
  return isOwn ? path : undefined;
}
