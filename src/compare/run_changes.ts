/**
 * Classifies, counts and lists the changes between two runs.
 *
 * @module
 */
import type { Difference, ValueComparison } from "../json/diff.ts";

/**
 * Kinds of change: `missing…` is in the first run and not in the second,
 * `extra…` in the second and not in the first. A `changedStatus` is a step with
 * another status code, `ok` or errors; a `changedStep` differs elsewhere only.
 *
 * Verdicts are those of the last attempt, and an error is a failure. `newly…` has
 * changed its verdict, `newlySkipped` to none; `extraFailing` failed, and only the
 * second run has it; `…Attempt` is a retry that only one run has.
 */
export type ChangeKind =
  | "manifest"
  | "summary"
  | "missingInstance"
  | "extraInstance"
  | "extraFailing"
  | "missingAttempt"
  | "extraAttempt"
  | "newlyFailing"
  | "newlyPassing"
  | "newlySkipped"
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
  /** Kind of change. */
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
   * The first 100 differences: `recorded` is the value of the first run,
   * `actual` that of the second. Empty where one of them has nothing.
   */
  differences: Difference[];
  /** Number of differences. */
  differencesCount: number;
}

const KINDS: readonly ChangeKind[] = [
  "manifest",
  "summary",
  "missingInstance",
  "extraInstance",
  "extraFailing",
  "missingAttempt",
  "extraAttempt",
  "newlyFailing",
  "newlyPassing",
  "newlySkipped",
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

/** Maximum number of listed changes of a kind. */
const LISTED_MAX = 1000;

/** Maximum length of the records, as text, whose differences are listed. */
const LISTED_CHARS_MAX = 16 * 1024 * 1024;

/** Place of a change; the instance has the same id in both runs by default. */
export type ChangedPlace =
  & Omit<RunChange, "differences" | "differencesCount" | "otherInstanceId">
  & Partial<Pick<RunChange, "otherInstanceId">>;

/** Collects changes: counts all of them, and lists the first ones. */
export class RunChanges {
  /** Number of changes of each kind. */
  readonly counts: Record<ChangeKind, number> = Object.fromEntries(
    KINDS.map((kind) => [kind, 0]),
  ) as Record<ChangeKind, number>;
  readonly #listed: RunChange[] = [];
  #listedChars = 0;

  /**
   * Adds a change.
   *
   * @param found The differences; undefined where one of the runs has nothing.
   * @param chars Length of what was compared.
   */
  add(
    { otherInstanceId = null, ...place }: ChangedPlace,
    found?: Pick<ValueComparison, "differences" | "differencesCount">,
    chars = 0,
  ): void {
    const change = { ...place, otherInstanceId };
    const count = ++this.counts[change.kind];
    if (count > LISTED_MAX || this.#listedChars > LISTED_CHARS_MAX) return;
    const { differences = [], differencesCount = 0 } = found ?? {};
    this.#listedChars += chars;
    this.#listed.push({ ...change, differences, differencesCount });
  }

  /** Returns the listed changes, by kind, instance and step. */
  list(): RunChange[] {
    return this.#listed.sort((x, y) =>
      KINDS.indexOf(x.kind) - KINDS.indexOf(y.kind) ||
      compareTexts(x.instance_id ?? "", y.instance_id ?? "") ||
      (x.step_index ?? -1) - (y.step_index ?? -1) ||
      compareTexts(x.name ?? "", y.name ?? "")
    );
  }
}

/** Shorter ones first, so that `inst_1000` comes after `inst_999`. */
function compareTexts(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);
}
