/**
 * Input types of `InstanceWriter`, and checks for unknown fields.
 *
 * @module
 */
import type { JsonValue } from "../json/value.ts";
import { assertRecord, invalidRecord, unreadable } from "./invalid_record.ts";
import {
  type InstanceInput,
  InstanceInputSchema,
  type Observation,
} from "../format/records.ts";
import { firstIssue } from "../check/validate.ts";

/** What `InstanceWriter.step` records. */
export interface StepInput {
  /** What the step is called in the scenario. */
  step_name: string;
  /** Kind of action, such as `"http"`. */
  step_type: string;
  /** What the action saw. Default: `{}`. */
  observation?: Observation;
  /** What was sent: written as `step_NNN_request.json`. */
  request?: JsonValue;
  /** What came back: written as `step_NNN_response.json`. */
  response?: JsonValue;
  /** Other artifacts of the step: paths that `artifact()` gave. */
  artifacts?: readonly string[];
  /** End of the step. Default: now. */
  timestamp?: string;
}

/** What `InstanceWriter.assertion` records. */
export interface AssertionInput {
  /** What the assertion is called in the scenario. */
  assertion_name: string;
  /** The verdict. */
  passed: boolean;
  /** What should have been. Default: null. */
  expected?: JsonValue;
  /** What was. Default: null. */
  actual?: JsonValue;
  /** The verdict in words. Default: `""`. */
  message?: string;
  /**
   * The step that was judged, or null for the instance as a whole. Default: the
   * latest step, null before the first one.
   */
  step_index?: number | null;
  /** When it was judged. Default: now. */
  timestamp?: string;
}

/** What `InstanceWriter.complete` records. */
export interface CompletionInput {
  /**
   * The verdict. Default: true when there is no error and no assertion failed.
   */
  passed?: boolean | null;
  /** Why the execution broke off. Default: null. */
  error?: string | null;
}

const STEP_FIELDS = new Set([
  "step_name",
  "step_type",
  "observation",
  "request",
  "response",
  "artifacts",
  "timestamp",
]);

const ASSERTION_FIELDS = new Set([
  "assertion_name",
  "passed",
  "expected",
  "actual",
  "message",
  "step_index",
  "timestamp",
]);

const COMPLETION_FIELDS = new Set(["passed", "error"]);

/**
 * Checks what an instance is started with.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function assertInstanceInput(input: InstanceInput): void {
  assertRecord("instance", input);
  try {
    const issue = firstIssue(InstanceInputSchema, input);
    if (issue) throw invalidRecord("instance", issue);
  } catch (error) {
    throw unreadable("instance", error);
  }
}

/**
 * Checks the names of the fields of a step: the rest is checked in its record.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function assertStepInput(input: StepInput): void {
  assertFields("step", input, STEP_FIELDS);
}

/** Checks an assertion as {@linkcode assertStepInput} does a step. */
export function assertAssertionInput(input: AssertionInput): void {
  assertFields("assertion", input, ASSERTION_FIELDS);
}

/** Checks an end as {@linkcode assertStepInput} does a step. */
export function assertCompletionInput(input: CompletionInput): void {
  assertFields("instance", input, COMPLETION_FIELDS);
}

/** A field that is misspelt, or is the library's to fill, is a mistake to tell. */
function assertFields(kind: string, input: object, known: Set<string>): void {
  assertRecord(kind, input);
  for (const field in input) {
    if (known.has(field)) continue;
    throw invalidRecord(kind, {
      path: field,
      message: `is not a field of a ${kind}`,
    });
  }
}
