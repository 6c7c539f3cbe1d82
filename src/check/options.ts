/**
 * Checks the options of public functions against their schemas.
 *
 * @module
 */
import * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import { firstIssue } from "./validate.ts";

/** The option `signal` of every function that can be aborted. */
export const SignalOption: v.GenericSchema<AbortSignal | undefined> = v
  .optional(
    v.custom<AbortSignal>(
      (value) => isObject(value) && typeof value.aborted === "boolean",
      "must be an AbortSignal",
    ),
  );

/** An option that is a non-empty text. */
export const TextOption: v.GenericSchema<string> = v.pipe(
  v.string("must be a text"),
  v.nonEmpty("must not be empty"),
);

/** An option that is a whole number, such as an index or a number of bytes. */
export function wholeNumberOption(
  min: number,
  max: number = Number.MAX_SAFE_INTEGER,
): v.GenericSchema<number> {
  const message = max === Number.MAX_SAFE_INTEGER
    ? `must be a whole number, ${min} or more`
    : `must be a whole number from ${min} to ${max}`;
  return v.custom<number>(
    (value) =>
      Number.isSafeInteger(value) && (value as number) >= min &&
      (value as number) <= max,
    message,
  );
}

/**
 * Throws where the options of a public function have an unknown name or a value
 * of the wrong type.
 *
 * @param call Name of the function, such as `"verifyRun"`.
 * @param schema A `strictObject` of all its options.
 * @throws {ArtifactError} `INVALID_OPTION`; `path` names the option.
 */
export function assertOptions(
  call: string,
  schema: v.GenericSchema,
  options: unknown,
): void {
  if (!isObject(options)) {
    throw invalidOption(
      call,
      "",
      `must be an object, not ${options === null ? "null" : typeof options}`,
    );
  }
  const issue = firstIssue(schema, options, { noun: "an option" });
  if (issue) throw invalidOption(call, issue.path, issue.message);
}

/**
 * Throws where what should be the path of a run is not a text.
 *
 * @param call Name of the function, such as `"openRun"`.
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export function assertPath(call: string, path: unknown): void {
  if (typeof path === "string" && path !== "") return;
  const hasPath = isObject(path) && typeof path.path === "string";
  const what = path === null
    ? "null"
    : path === ""
    ? "empty"
    : Array.isArray(path)
    ? "an array"
    : typeof path === "object"
    ? "an object"
    : typeof path;
  throw new ArtifactError(
    "INVALID_OPTION",
    `Cannot call ${call}(): the path of the run directory is ${what}: pass ${
      hasPath
        ? `its path, ${JSON.stringify((path as { path: string }).path)}`
        : 'a text such as "runs/run_20240115_001"'
    }`,
    { path: "" },
  );
}

/** Returns the error for an option that a schema cannot check. */
export function invalidOption(
  call: string,
  path: string,
  problem: string,
): ArtifactError {
  return new ArtifactError(
    "INVALID_OPTION",
    `Cannot call ${call}(): ${
      path === "" ? "the options" : JSON.stringify(path)
    } ${problem}`,
    { path },
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
