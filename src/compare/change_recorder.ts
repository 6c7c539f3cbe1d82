/**
 * Records the changes of two runs: counts, lists and groups them.
 *
 * @module
 */
import type { StepRecord } from "../format/records.ts";
import { compareValues, type ValueComparison } from "../json/diff.ts";
import type { PathPattern } from "../json/path_pattern.ts";
import type { JsonObject } from "../json/value.ts";
import { CauseFinder, type ChangePlace } from "./causes.ts";
import { groupedChanges } from "./grouped_changes.ts";
import { isInFlight } from "./instance_pairs.ts";
import type { NormalForm } from "./normal_form.ts";
import {
  type ChangedPlace,
  type ChangeKind,
  RunChanges,
} from "./run_changes.ts";

/** How the name of a step's file begins, with the number of the step, from 1. */
const STEP_FILE = /^step_(\d+)_/;

/** Takes the changes of a comparison. */
export class ChangeRecorder {
  /** The changes one by one. */
  readonly changes: RunChanges = new RunChanges();
  /** The changes by cause. */
  readonly causes: CauseFinder = new CauseFinder();
  /** Number of records that differ in ignored paths alone. */
  ignoredCount = 0;
  readonly #ignore: readonly PathPattern[];
  readonly #ignoreInSteps: readonly PathPattern[];

  /** @param ignore Paths within the observation of a step, or within a record. */
  constructor(ignore: readonly PathPattern[]) {
    this.#ignore = ignore;
    this.#ignoreInSteps = [
      ...ignore,
      ...ignore.map((pattern) => ["observation", ...pattern]),
    ];
  }

  /** Adds a change, unless it is of ignored paths alone. */
  add(
    change: ChangedPlace,
    place: ChangePlace,
    a: NormalForm | undefined,
    b: NormalForm | undefined,
  ): void {
    const isPair = a !== undefined && b !== undefined;
    const found = isPair ? this.#differences(place, a, b) : undefined;
    // A verdict is never ignored.
    if (found?.differencesCount === 0 && !change.kind.startsWith("newly")) {
      this.ignoredCount++;
      return;
    }
    const chars = isPair ? a.text.length + b.text.length : 0;
    this.changes.add(change, found, chars);
    this.#group(change, place, found, a, b);
  }

  #group(
    change: ChangedPlace,
    place: ChangePlace,
    found?: ValueComparison,
    a?: NormalForm,
    b?: NormalForm,
  ): void {
    const { instance, step_index, part } = place;
    const stepName = instance === null || part === "step"
      ? change.name
      : this.causes.stepName(instance, step_index);
    for (const one of groupedChanges(change, part, stepName, found, a, b)) {
      this.causes.add(place, one);
    }
    if (instance !== null && isInFlight(instance)) {
      this.causes.addInFlight(instance);
    }
  }

  #differences(
    { part }: ChangePlace,
    a: NormalForm,
    b: NormalForm,
  ): ValueComparison {
    const ignore = part === "step" ? this.#ignoreInSteps : this.#ignore;
    return compareValues(a.value, b.value, ignore);
  }

  /**
   * Adds a file that only one run has.
   *
   * @param instance Name of its instance in the comparison.
   */
  addFile(
    change: Pick<ChangedPlace, "kind" | "instance_id" | "otherInstanceId">,
    instance: string,
    file: string,
    path: string,
  ): void {
    const number = STEP_FILE.exec(file)?.[1];
    const step_index = number === undefined ? null : Number(number) - 1;
    this.changes.add({ ...change, step_index: null, name: path });
    this.#group(
      { ...change, step_index, name: file.replace(STEP_FILE, "step_*_") },
      { instance, step_index, part: "file" },
    );
  }

  /** Returns the kind of change of a step. */
  stepChange(
    a: NormalForm<StepRecord> | undefined,
    b: NormalForm<StepRecord> | undefined,
  ): ChangeKind {
    if (!a) return "extraStep";
    if (!b) return "missingStep";
    const statusOf = ({ value }: NormalForm): JsonObject => {
      const { ok, status_code, errors } = value["observation"] as JsonObject;
      const observation = { ok, status_code, errors };
      return { observation: observation as JsonObject };
    };
    const { differencesCount } = compareValues(
      statusOf(a),
      statusOf(b),
      this.#ignoreInSteps,
    );
    return differencesCount > 0 ? "changedStatus" : "changedStep";
  }
}
