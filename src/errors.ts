/**
 * The error type of this library.
 *
 * @module
 */

/**
 * Identifies an error. Codes are stable; messages may change.
 *
 * | code | meaning |
 * |---|---|
 * | `RUN_EXISTS` | the run id is taken |
 * | `RUN_NOT_FOUND` | no run directory at that path |
 * | `INSTANCE_NOT_FOUND` | no line of the run names that instance |
 * | `RUN_LOCKED` | another writer has the run; the message names it |
 * | `RUN_TAKEN` | the run was taken over by another writer, or its directory moved or replaced: nothing is acknowledged any more |
 * | `RUN_CLOSED` | the run was finalized, nothing can be appended |
 * | `INSTANCE_CLOSED` | the instance was completed |
 * | `STEP_CLOSED` | the step has ended |
 * | `NO_STEP` | `recordFetch()` was used outside of the function of a step |
 * | `UNSAFE_NAME` | a run id, instance id or artifact name that must not become a path |
 * | `INVALID_OPTION` | an option of a call is missing or of the wrong type |
 * | `INVALID_RECORD` | a record does not fit the format; `path` names the field |
 * | `MERGE_REFUSED` | runs that do not belong together, or of which one is damaged or missing |
 * | `ARTIFACT_EXISTS` | the instance has an artifact of that name |
 * | `QUEUE_FULL` | far more was appended without awaiting than the queue holds |
 * | `WRITE_FAILED` | the file system refused a write or a sync; final for the run |
 * | `READ_FAILED` | the file system refused a read |
 * | `CORRUPT_LINE` | a line before the last newline is not a record |
 * | `CORRUPT_FILE` | `manifest.json` or `summary.json` cannot be understood, or a JSONL file is missing |
 * | `INCOMPLETE_RECORDING` | what exact replay needs was not recorded, is gone, or was redacted |
 * | `UNSUPPORTED_VERSION` | the run was written in a newer format |
 * | `UNSUPPORTED_RUNTIME` | no adapter for this runtime, and no `fs` given |
 */
export type ArtifactErrorCode =
  | "RUN_EXISTS"
  | "RUN_NOT_FOUND"
  | "INSTANCE_NOT_FOUND"
  | "RUN_LOCKED"
  | "RUN_TAKEN"
  | "RUN_CLOSED"
  | "INSTANCE_CLOSED"
  | "STEP_CLOSED"
  | "NO_STEP"
  | "UNSAFE_NAME"
  | "INVALID_OPTION"
  | "INVALID_RECORD"
  | "MERGE_REFUSED"
  | "ARTIFACT_EXISTS"
  | "QUEUE_FULL"
  | "WRITE_FAILED"
  | "READ_FAILED"
  | "CORRUPT_LINE"
  | "CORRUPT_FILE"
  | "INCOMPLETE_RECORDING"
  | "UNSUPPORTED_VERSION"
  | "UNSUPPORTED_RUNTIME";

/** Where an {@linkcode ArtifactError} points, as far as it is known. */
export interface ArtifactErrorDetails {
  /** The error below this one. */
  cause?: unknown;
  /** The file concerned. */
  file?: string;
  /** Line number in that file, from 1. */
  line?: number;
  /** Byte offset in that file, from 0; without a file, of a character in a text. */
  offset?: number;
  /** Path of the field concerned, such as `"observation.headers[2]"`. */
  path?: string;
}

/** Every error that this library raises on purpose. */
export class ArtifactError extends Error {
  /** Always `"ArtifactError"`. */
  override readonly name = "ArtifactError";
  /** Identifies the error; stable. */
  readonly code: ArtifactErrorCode;
  /** The file concerned, if one is. */
  declare readonly file?: string;
  /** Line number in {@linkcode ArtifactError.file}, from 1. */
  declare readonly line?: number;
  /**
   * Byte offset in {@linkcode ArtifactError.file}, from 0; without a file, of the
   * character at which a text that was given is wrong.
   */
  declare readonly offset?: number;
  /** Path of the field concerned, such as `"observation.headers[2]"`. */
  declare readonly path?: string;

  /** Creates an error with its code, its message and where it points. */
  constructor(
    code: ArtifactErrorCode,
    message: string,
    details: ArtifactErrorDetails = {},
  ) {
    super(message, "cause" in details ? { cause: details.cause } : undefined);
    this.code = code;
    // JavaScriptCore gives every error the line of the code that made it.
    delete (this as { line?: number }).line;
    if (details.file !== undefined) this.file = details.file;
    if (details.line !== undefined) this.line = details.line;
    if (details.offset !== undefined) this.offset = details.offset;
    if (details.path !== undefined) this.path = details.path;
  }
}

/** Returns the text of a thrown value of any kind. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns the text of a thrown value of any kind, even one that throws again. */
export function thrownText(error: unknown): string {
  try {
    return messageOf(error);
  } catch {
    return "something that cannot be read";
  }
}

/** The `code` of a system error, such as `"EEXIST"`, as all runtimes set it. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
