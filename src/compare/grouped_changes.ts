/**
 * Splits a change into the changes that are grouped, with the values to show.
 *
 * @module
 */
import { assertionReason } from "../format/assertion_reason.ts";
import {
  type AssertionRecord,
  errorText,
  type InstanceRecord,
} from "../format/records.ts";
import type { Difference, ValueComparison } from "../json/diff.ts";
import { shorten } from "../json/preview.ts";
import type { JsonObject } from "../json/value.ts";
import type { ChangePlace } from "./causes.ts";
import type { GroupedChange } from "./change_groups.ts";
import type { NormalForm } from "./normal_form.ts";
import type { ChangedPlace } from "./run_changes.ts";

/** Maximum number of fields of one record that are changes of their own. */
const FIELDS_MAX = 8;

const REASON_LENGTH_MAX = 200;

/**
 * Returns the changes of a record to be grouped: one for each field that differs,
 * and one alone for a status, a verdict, or a record that only one run has.
 *
 * @param stepName Name of the step; for the run as a whole it does not matter.
 * @param found The differences; undefined where one run has no such record.
 */
export function groupedChanges(
  { kind, instance_id, name }: ChangedPlace,
  part: ChangePlace["part"],
  stepName: string | null,
  found?: ValueComparison,
  a?: NormalForm,
  b?: NormalForm,
): GroupedChange[] {
  const change: GroupedChange = {
    kind,
    instance_id,
    step_name: part === "instance" ? null : stepName,
    name: part === "step" ? null : name,
    path: null,
    reason: "",
  };
  const { differences = [] } = found ?? {};
  switch (kind) {
    case "changedStatus":
      return [{ ...change, ...statusChange(differences, b!) }];
    case "changedAssertion":
    case "missingAssertion":
    case "extraAssertion":
      return [{ ...change, ...assertionChange(differences, a, b) }];
    case "newlyFailing":
    case "newlyPassing":
    case "newlySkipped":
      return [{ ...change, ...verdictChange(differences, b) }];
    case "summary": {
      // Its counts follow from the other changes; only the status is news.
      const status = differences.find(({ path }) => path === "status");
      return [{ ...change, ...(status ?? differences[0]) }];
    }
    default:
      if (!found) return [change];
      return distinctPaths(differences).map((difference) => ({
        ...change,
        ...difference,
        path: withoutObservation(difference.path),
      }));
  }
}

/** The status code if it differs, else the errors, else whether it was ok. */
function statusChange(
  differences: readonly Difference[],
  b: NormalForm,
): Partial<GroupedChange> {
  const difference = ["status_code", "errors", "ok"].map((field) =>
    differences.find(({ path }) =>
      path.startsWith(`observation.${field}`) || path === "observation"
    )
  ).find((difference) => difference !== undefined);
  if (!difference) return {};
  const { errors } = b.value["observation"] as JsonObject;
  const [error] = Array.isArray(errors) ? errors : [];
  const message = typeof error === "string"
    ? error
    : (error as JsonObject | undefined)?.["message"];
  return {
    ...difference,
    path: withoutObservation(difference.path),
    reason: typeof message === "string"
      ? shorten(message, REASON_LENGTH_MAX)
      : "",
    variant: difference.path === "observation.status_code"
      ? JSON.stringify([difference.recorded ?? null, difference.actual ?? null])
      : "",
  };
}

function assertionChange(
  differences: readonly Difference[],
  a: NormalForm | undefined,
  b: NormalForm | undefined,
): Partial<GroupedChange> {
  const [before, after] = [a, b].map((form) =>
    form?.record as AssertionRecord | undefined
  );
  const difference = differences.find(({ path }) => path === "actual") ??
    differences[0];
  return {
    ...difference,
    reason: after && !after.passed ? assertionReason(after) : "",
    variant: `${before?.passed} ${after?.passed}`,
  };
}

function verdictChange(
  differences: readonly Difference[],
  b: NormalForm | undefined,
): Partial<GroupedChange> {
  const error = (b?.record as InstanceRecord | undefined)?.error ?? null;
  const reason = error === null
    ? ""
    : shorten(errorText(error), REASON_LENGTH_MAX);
  return {
    ...differences.find(({ path }) => path === "passed"),
    path: "passed",
    reason,
    // Errors that differ only in ids, times and ports are alike.
    variant: reason.replaceAll(/\b[0-9a-f-]{8,}\b|\d+/gi, "#"),
  };
}

/** The first difference of each path, whatever its indexes. */
function distinctPaths(differences: readonly Difference[]): Difference[] {
  const byPath = new Map<string, Difference>();
  for (const difference of differences) {
    const path = difference.path.replaceAll(/\[\d+\]/g, "");
    if (!byPath.has(path)) byPath.set(path, difference);
  }
  return [...byPath.values()].slice(0, FIELDS_MAX);
}

function withoutObservation(path: string): string {
  return path.replace(/^observation\./, "");
}
