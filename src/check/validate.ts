/**
 * Describes what a schema rejects in a value, with its path.
 *
 * @module
 */
import * as v from "valibot";
import { closestName } from "./closest_name.ts";
import { joinPath } from "../json/path.ts";
import { findJsonProblem } from "../json/value.ts";

/** A problem of a value. */
export interface Issue {
  /** Path of the field: `""` for the value itself. */
  path: string;
  /** The problem in words, such as `"is missing"`. */
  message: string;
}

/** Options of {@linkcode firstIssue}. */
export interface FirstIssueOptions {
  /** Whether unknown fields are an issue: for writers, not readers. Default: `"reject"`. */
  unknownFields?: "reject" | "keep";
  /** What a known field is, for messages. Default: `"a field of the format"`. */
  noun?: string;
}

/**
 * Returns the first issue that a schema has with a value; `undefined` for none.
 * The message about an unknown field names the closest known one.
 */
export function firstIssue(
  schema: v.GenericSchema,
  value: unknown,
  options: FirstIssueOptions = {},
): Issue | undefined {
  const { unknownFields = "reject", noun = "a field of the format" } = options;
  // Known fields are checked before unknown ones.
  const { issues = [] } = v.safeParse(schema, value, { abortEarly: true });
  const issue = issues.find((issue) =>
    unknownFields === "reject" || !isUnknownField(issue)
  );
  if (!issue) return undefined;
  const keys = (issue.path ?? []).map(({ key }) => key as string | number);
  const path = keys.reduce<string>(
    (path, key) =>
      typeof key === "number" ? `${path}[${key}]` : joinPath(path, String(key)),
    "",
  );
  if (isUnknownField(issue)) {
    const known = fieldNames(schema, keys.slice(0, -1));
    const meant = closestName(String(keys.at(-1)), known);
    const question = meant === undefined ? "" : `: did you mean "${meant}"?`;
    return { path, message: `is not ${noun}${question}` };
  }
  if (issue.type === "custom" && issue.input !== undefined) {
    const problem = findJsonProblem(issue.input, path);
    if (problem) {
      return {
        path: problem.path,
        message: `is ${problem.found}, which JSON cannot hold${
          /^(?:NaN|-?Infinity)$/.test(problem.found)
            ? ": leave it out, or give null"
            : ""
        }`,
      };
    }
  }
  if (issue.type === "check") return { path, message: issue.message };
  if (issue.received === "undefined") {
    return { path, message: `is missing${misspelt(schema, issue)}` };
  }
  if (isDate(issue.input)) {
    return {
      path,
      message: `must be ${issue.expected}, not a Date${
        issue.expected === "string" ? ": give its toISOString()" : ""
      }`,
    };
  }
  // A text of headers may be a secret, and an error is shown to anyone.
  const isHidden = path.endsWith("eaders") && issue.received.startsWith('"');
  const received = isHidden ? "a text" : issue.received;
  return {
    path,
    message: issue.message.startsWith("must ")
      ? `${issue.message}, not ${received}`
      : `must be ${issue.expected}, not ${received}`,
  };
}

function isUnknownField(issue: v.BaseIssue<unknown>): boolean {
  return issue.type === "strict_object" && issue.expected === "never";
}

/** Names the unknown field that was probably meant as a missing one. */
function misspelt(
  schema: v.GenericSchema,
  { path }: v.BaseIssue<unknown>,
): string {
  const at = path?.at(-1);
  const parent: unknown = at?.input;
  if (!at || typeof parent !== "object" || parent === null) return "";
  const keys = path!.map(({ key }) => key as string | number);
  const known = fieldNames(schema, keys.slice(0, -1));
  const unknown = Object.keys(parent).filter((name) => !known.includes(name));
  const given = unknown.find((name) => closestName(name, [String(at.key)]));
  return given === undefined ? "" : `: "${given}" is given instead`;
}

/** Also one of another realm. */
function isDate(value: unknown): boolean {
  return Object.prototype.toString.call(value) === "[object Date]";
}

/** Returns the field names that the object at `keys` may have. */
function fieldNames(
  schema: v.GenericSchema,
  keys: readonly (string | number)[],
): string[] {
  let inner: unknown = schema;
  for (const key of keys) inner = entriesOf(inner)?.[key];
  return Object.keys(entriesOf(inner) ?? {});
}

/** Returns the entries of an object schema, also inside `optional` and `union`. */
function entriesOf(schema: unknown): Record<string, unknown> | undefined {
  const { entries, wrapped, options } = (schema ?? {}) as {
    entries?: Record<string, unknown>;
    wrapped?: unknown;
    options?: unknown[];
  };
  if (entries) return entries;
  if (wrapped) return entriesOf(wrapped);
  return Array.isArray(options)
    ? options.map(entriesOf).find((entries) => entries)
    : undefined;
}
