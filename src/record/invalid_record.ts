/**
 * Errors for records that are rejected.
 *
 * @module
 */
import type { Issue } from "../check/validate.ts";
import { ArtifactError, thrownText } from "../errors.ts";

/** The error for a record that does not fit the format. */
export function invalidRecord(
  kind: string,
  issue: Issue,
): ArtifactError {
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}: "${issue.path}" ${issue.message}`,
    { path: issue.path },
  );
}

/**
 * The error for a record that throws when it is read (a getter, a proxy), or
 * that is too long for a string.
 */
export function unreadable(kind: string, error: unknown): ArtifactError {
  if (error instanceof ArtifactError) return error;
  return new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}: it cannot be made JSON: ${thrownText(error)}`,
    { path: "", cause: error },
  );
}

/** Throws `INVALID_RECORD` where a record is no object at all. */
export function assertRecord(kind: string, record: unknown): void {
  if (typeof record === "object" && record !== null) return;
  throw new ArtifactError(
    "INVALID_RECORD",
    `Cannot append the ${kind}: it must be an object, not ${
      record === null ? "null" : typeof record
    }`,
    { path: "" },
  );
}
