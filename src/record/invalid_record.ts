/**
 * Errors for records that are rejected.
 *
 * @module
 */
import type { Issue } from "../check/validate.ts";
import { ArtifactError, thrownText } from "../errors.ts";

/**
 * The error for a record that does not fit the format.
 *
 * @param place Where it belongs: see {@linkcode placeOf}.
 */
export function invalidRecord(
  kind: string,
  issue: Issue,
  place = "",
): ArtifactError {
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}${place}: ${
      issue.path === "" ? "it" : `"${issue.path}"`
    } ${issue.message}`,
    { path: issue.path },
  );
}

/** What is known of a record's place. */
export interface RecordPlace {
  /** Id of the run. */
  run_id?: unknown;
  /** Id of the instance. */
  instance_id?: unknown;
  /** Index of the step. */
  step_index?: unknown;
  /** Name of the step. */
  step_name?: unknown;
  /** Name of the assertion. */
  assertion_name?: unknown;
}

/** ` "pay" (step 3 of "inst_001" in run "run_1")`: as far as it is known. */
export function placeOf(record: RecordPlace): string {
  const { run_id, instance_id, step_index, step_name, assertion_name } = record;
  const name = step_name ?? assertion_name;
  const where = [
    typeof step_index === "number" ? `step ${step_index}` : "",
    typeof instance_id === "string" ? `of "${instance_id}"` : "",
    typeof run_id === "string" ? `in run "${run_id}"` : "",
  ].filter((part) => part !== "").join(" ");
  return (typeof name === "string" ? ` ${JSON.stringify(name)}` : "") +
    (where === "" ? "" : ` (${where})`);
}

/**
 * The error for a record that throws when it is read (a getter, a proxy), or
 * that is too long for a string.
 */
export function readFailure(
  kind: string,
  error: unknown,
  place: RecordPlace = {},
): ArtifactError {
  if (error instanceof ArtifactError) return error;
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}${placeOf(place)}: it cannot be made JSON: ${
      thrownText(error)
    }`,
    { path: "", cause: error },
  );
}

/**
 * Throws `INVALID_RECORD` where a record is not an object.
 *
 * @param example What to pass instead.
 */
export function assertRecord(
  kind: string,
  record: unknown,
  place: RecordPlace = {},
  example?: string,
): void {
  if (typeof record === "object" && record !== null) return;
  const found = record === null ? "null" : typeof record;
  const advice = example === undefined ? "" : `: ${example}`;
  const message = `must be an object, not ${found}${advice}`;
  throw invalidRecord(kind, { path: "", message }, placeOf(place));
}
