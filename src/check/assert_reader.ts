/**
 * Checks that a function was given an opened run.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";

/**
 * Throws where a value is not a run that `openRun` opened, and says what to pass.
 *
 * @param call Name of the function, such as `"compareRuns"`.
 * @param parameter What is given, such as `"the first run"`.
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export function assertReader(
  call: string,
  value: unknown,
  parameter = "the run",
): void {
  if (isReader(value)) return;
  const { path } = (value ?? {}) as { path?: unknown };
  const advice = typeof value === "string"
    ? `pass await openRun(${JSON.stringify(value)})`
    : value instanceof Promise
    ? "await it"
    : typeof path === "string"
    ? `pass await openRun(${JSON.stringify(path)})`
    : "pass what openRun(path) resolves to";
  const what = typeof value === "string"
    ? "a path"
    : value instanceof Promise
    ? "a promise"
    : typeof path === "string"
    ? "a run that is being recorded"
    : String(value === null ? "null" : typeof value);
  throw new ArtifactError(
    "INVALID_OPTION",
    `Cannot call ${call}(): ${parameter} is ${what}, not an opened run: ${advice}`,
    { path: "" },
  );
}

/** By its members: the package may be loaded twice. */
function isReader(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { manifest, instances, steps, instance } = value as Record<
    string,
    unknown
  >;
  return typeof manifest === "object" && typeof instances === "function" &&
    typeof steps === "function" && typeof instance === "function";
}
