/**
 * Input types of `InstanceWriter`, and checks for unknown fields.
 *
 * @module
 */
import * as v from "valibot";
import { closestName } from "../check/closest_name.ts";
import {
  assertRecord,
  invalidRecord,
  placeOf,
  readFailure,
  type RecordPlace,
} from "./invalid_record.ts";
import { type InstanceInput, InstanceInputSchema } from "../format/records.ts";
import { wholeNumberOption } from "../check/options.ts";
import {
  ASSERTION_INPUT_FIELDS,
  type AssertionInput,
} from "../format/assertion_record.ts";
import { text } from "../format/fields.ts";
import {
  OBSERVATION_FIELDS,
  STEP_RESULT_FIELDS,
  STEP_START_FIELDS,
  type StepInput,
  type StepResult,
  type StepStart,
} from "../format/step_record.ts";
import { firstIssue } from "../check/validate.ts";

/** What a step in the callback form is. */
export interface StepOptions {
  /** What the step is called in the scenario. */
  step_name: string;
  /** Kind of action. Default: `"http"` where it fetched, else `"function"`. */
  step_type?: string | undefined;
  /**
   * How often it is tried again when it throws or takes too long; each attempt
   * is noted in `observation.attempts`. Default: 0.
   */
  retries?: number | undefined;
  /** How long an attempt may take, in milliseconds. Default: no limit. */
  timeoutMs?: number | undefined;
}

/** What `InstanceWriter.complete` records. */
export interface CompletionInput {
  /**
   * The verdict. Default: false when there was an error, when an assertion was
   * given as not passed, or when a step said `ok: false` and no assertion was
   * recorded for it; else true; null when nothing was recorded at all.
   */
  passed?: boolean | null | undefined;
  /**
   * Why the execution broke off: what was thrown, or a text. Default: null.
   */
  error?: unknown;
}

const STEP_FIELDS = [...STEP_START_FIELDS, ...STEP_RESULT_FIELDS];

/** What a timer can hold. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

const StepOptionsSchema: v.GenericSchema<StepOptions> = v.strictObject({
  step_name: text,
  step_type: v.optional(text),
  retries: v.optional(wholeNumberOption(0)),
  timeoutMs: v.optional(wholeNumberOption(1, TIMEOUT_MS_MAX)),
});

const STEP_EXAMPLE =
  'step({ step_name: "pay", step_type: "http", observation })';
const STEP_START_EXAMPLE = 'startStep({ step_name: "pay", step_type: "http" })';
const STEP_RESULT_EXAMPLE = "end({ observation: { ok: true } })";
const ASSERTION_EXAMPLE =
  'assertion({ assertion_name: "status", passed: true })';
const COMPLETION_EXAMPLE = "complete({ passed: true })";

const COMPLETION_FIELDS = ["passed", "error"];

/**
 * Checks what an instance is started with.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function assertInstanceInput(
  input: InstanceInput,
  place: RecordPlace,
): void {
  assertRecord(
    "instance",
    input,
    place,
    'startInstance({ scenario_id: "checkout" })',
  );
  try {
    const issue = firstIssue(InstanceInputSchema, input);
    if (issue) throw invalidRecord("instance", issue, placeOf(place));
  } catch (error) {
    throw readFailure("instance", error, place);
  }
}

/**
 * Checks the names of the fields of a step: the rest is checked in its record.
 *
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function assertStepInput(input: StepInput, place: RecordPlace): void {
  assertFields("step", input, STEP_FIELDS, place, STEP_EXAMPLE);
}

/** Checks the start of a step as {@linkcode assertStepInput} does a whole one. */
export function assertStepStart(input: StepStart, place: RecordPlace): void {
  assertFields("step", input, STEP_START_FIELDS, place, STEP_START_EXAMPLE);
  for (const field of ["step_name", "step_type"] as const) {
    assertText(input[field], field, place);
  }
}

/** Checks the end of a step as {@linkcode assertStepInput} does a whole one. */
export function assertStepResult(input: StepResult, place: RecordPlace): void {
  assertFields("step", input, STEP_RESULT_FIELDS, place, STEP_RESULT_EXAMPLE);
}

/** Checks the options of a step as {@linkcode assertStepInput} does a step. */
export function assertStepOptions(
  input: StepOptions,
  place: RecordPlace,
): void {
  assertRecord("step", input, place, STEP_START_EXAMPLE);
  const issue = firstIssue(StepOptionsSchema, input, { noun: "an option" });
  if (issue) throw invalidRecord("step", issue, placeOf(place));
}

/** Checks an assertion as {@linkcode assertStepInput} does a step. */
export function assertAssertionInput(
  input: AssertionInput,
  place: RecordPlace,
): void {
  assertFields(
    "assertion",
    input,
    ASSERTION_INPUT_FIELDS,
    place,
    ASSERTION_EXAMPLE,
  );
}

/** Checks an end as {@linkcode assertStepInput} does a step. */
export function assertCompletionInput(
  input: CompletionInput,
  place: RecordPlace,
): void {
  assertFields(
    "instance",
    input,
    COMPLETION_FIELDS,
    place,
    COMPLETION_EXAMPLE,
  );
}

function assertText(
  value: unknown,
  path: string,
  place: RecordPlace,
): void {
  if (typeof value === "string" && value !== "") return;
  const message = "must be a text that is not empty";
  throw invalidRecord("step", { path, message }, placeOf(place));
}

/** A misspelt field, or one that the library fills, is a mistake to report. */
function assertFields(
  kind: string,
  input: object,
  known: readonly string[],
  place: RecordPlace,
  example: string,
): void {
  assertRecord(kind, input, place, example);
  for (const field in input) {
    if (known.includes(field)) continue;
    const nearest = closestName(field, known);
    const isObserved = known.includes("observation") &&
      closestName(field, OBSERVATION_FIELDS);
    const advice = nearest !== undefined
      ? `: did you mean "${nearest}"?`
      : isObserved
      ? `: put "${isObserved}" into "observation"`
      : `: its fields are ${known.join(", ")}`;
    throw invalidRecord(kind, {
      path: field,
      message: `is not a field of ${article(kind)} ${kind}${advice}`,
    }, placeOf(place));
  }
}

function article(kind: string): string {
  return /^[aeiou]/.test(kind) ? "an" : "a";
}
