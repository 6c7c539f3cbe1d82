/**
 * What has changed between two runs: kinds of change, and a bounded list of
 * them.
 *
 * @module
 */
import { compareValues, type Difference } from "../json/diff.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Observation,
} from "../format/records.ts";

/**
 * What has changed: `missing…` is in the first run and not in the second,
 * `extra…` the other way round. A `changedStatus` is a step with another
 * status code, `ok` or errors; a `changedStep` has only other differences.
 */
export type ChangeKind =
  | "manifest"
  | "summary"
  | "missingInstance"
  | "extraInstance"
  | "newlyFailing"
  | "newlyPassing"
  | "changedInstance"
  | "missingStep"
  | "extraStep"
  | "changedStatus"
  | "changedStep"
  | "missingAssertion"
  | "extraAssertion"
  | "changedAssertion"
  | "missingFile"
  | "extraFile";

/** One change. */
export interface RunChange {
  /** What kind of change it is. */
  kind: ChangeKind;
  /**
   * The instance concerned: its id in the first run, or in the second where the
   * first has none; null for the run as a whole.
   */
  instance_id: string | null;
  /** Its id in the second run, where that is another one; else null. */
  otherInstanceId: string | null;
  /** The step concerned; null for an instance as a whole. */
  step_index: number | null;
  /** Name of the scenario, step or assertion, or path of the file. */
  name: string | null;
  /**
   * Where the two differ: `recorded` is what the first run has, `actual` the
   * second. The first 100; empty for what one of them has not.
   */
  differences: Difference[];
  /** How many differences there are. */
  differencesCount: number;
}

const KINDS: readonly ChangeKind[] = [
  "manifest",
  "summary",
  "missingInstance",
  "extraInstance",
  "newlyFailing",
  "newlyPassing",
  "changedInstance",
  "missingStep",
  "extraStep",
  "changedStatus",
  "changedStep",
  "missingAssertion",
  "extraAssertion",
  "changedAssertion",
  "missingFile",
  "extraFile",
];

/** How many changes of a kind are listed. */
const LISTED_MAX = 1000;

/** Length of the records, as text, whose differences are listed. */
const LISTED_CHARS_MAX = 16 * 1024 * 1024;

/** Where something has changed; by default, in an instance of one id. */
type Place =
  & Omit<RunChange, "differences" | "differencesCount" | "otherInstanceId">
  & Partial<Pick<RunChange, "otherInstanceId">>;

/** Changes: all are counted, and the first of them listed. */
export class RunChanges {
  /** How many there are of each kind. */
  readonly counts: Record<ChangeKind, number> = Object.fromEntries(
    KINDS.map((kind) => [kind, 0]),
  ) as Record<ChangeKind, number>;
  readonly #listed: RunChange[] = [];
  #listedChars = 0;

  /**
   * Adds a change.
   *
   * @param a What the first run has, as JSON; undefined for nothing.
   * @param b What the second run has, as JSON; undefined for nothing.
   */
  add(
    { otherInstanceId = null, ...place }: Place,
    a?: string,
    b?: string,
  ): void {
    const change = { ...place, otherInstanceId };
    const count = ++this.counts[change.kind];
    if (count > LISTED_MAX || this.#listedChars > LISTED_CHARS_MAX) return;
    if (a === undefined || b === undefined) {
      this.#listed.push({ ...change, differences: [], differencesCount: 0 });
      return;
    }
    const { differences, differencesCount } = compareValues(
      JSON.parse(a),
      JSON.parse(b),
    );
    this.#listedChars += a.length + b.length;
    this.#listed.push({ ...change, differences, differencesCount });
  }

  /** Those that are listed, by kind, instance and step. */
  list(): RunChange[] {
    return this.#listed.sort((x, y) =>
      KINDS.indexOf(x.kind) - KINDS.indexOf(y.kind) ||
      compareTexts(x.instance_id ?? "", y.instance_id ?? "") ||
      (x.step_index ?? -1) - (y.step_index ?? -1) ||
      compareTexts(x.name ?? "", y.name ?? "")
    );
  }
}

/** The kind of change of an instance. */
export function instanceChange(
  a: InstanceRecord | undefined,
  b: InstanceRecord | undefined,
): ChangeKind {
  if (!a) return "extraInstance";
  if (!b) return "missingInstance";
  if (a.passed === b.passed) return "changedInstance";
  if (b.passed === false) return "newlyFailing";
  return b.passed ? "newlyPassing" : "changedInstance";
}

/**
 * The kind of change of a step.
 *
 * @param a What the first run has, in its normal form.
 * @param b What the second run has, in its normal form.
 */
export function stepChange(
  a: string | undefined,
  b: string | undefined,
): ChangeKind {
  if (a === undefined) return "extraStep";
  if (b === undefined) return "missingStep";
  const seenA: Observation = JSON.parse(a).observation;
  const seenB: Observation = JSON.parse(b).observation;
  const hasStatus = (["ok", "status_code", "errors"] as const).some((field) =>
    compareValues(seenA[field], seenB[field]).differencesCount > 0
  );
  return hasStatus ? "changedStatus" : "changedStep";
}

/** The kind of change of an assertion. */
export function assertionChange(
  a: AssertionRecord | undefined,
  b: AssertionRecord | undefined,
): ChangeKind {
  if (!a) return "extraAssertion";
  return b ? "changedAssertion" : "missingAssertion";
}

/** Shorter ones first, so that `inst_1000` comes after `inst_999`. */
function compareTexts(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
