/**
 * Groups changes that are alike: the same field of the same step, for example.
 *
 * @module
 */
import type { JsonValue } from "../json/value.ts";
import type { ChangeKind } from "./run_changes.ts";

/** Changes that are alike: of one kind, step, name and path. */
export interface ChangeGroup {
  /** Kind of the changes. */
  kind: ChangeKind;
  /** Name of the step; null where the change is of no step, or that is not known. */
  step_name: string | null;
  /** Name of the assertion or file, or scenario of the instance; else null. */
  name: string | null;
  /**
   * What differs, such as `body.items[*].price`: within the observation for a
   * step, else within the record. Null where one of the runs has no such record.
   */
  path: string | null;
  /** Its value in the first run, in the first example; left out for none. */
  recorded?: JsonValue;
  /** Its value in the second run, in the first example; left out for none. */
  actual?: JsonValue;
  /** What was added to the number in each of them; null where that differs. */
  delta: number | null;
  /** Why the assertion failed, or the error, in the first example; else `""`. */
  reason: string;
  /** Number of instances; of changes for the manifest or summary. */
  count: number;
}

/** One change, as far as it decides on its group. */
export interface GroupedChange
  extends Omit<ChangeGroup, "count" | "delta" | "path"> {
  instance_id: string | null;
  path: string | null;
  /** Changes with different variants are not alike: other status codes, for example. */
  variant?: string;
}

/** Values of one change of a group. */
interface Sample {
  instance_id: string | null;
  values: string;
}

/** A group and what its changes have in common. */
interface Members {
  group: ChangeGroup;
  samples: Sample[];
  /** Whether its values look as if they were new in each run. */
  isVolatile: boolean;
}

/** Maximum number of groups; further changes are in no group. */
const GROUPS_MAX = 2_000;

/** Changes of a group whose values are kept, to find equal ones elsewhere. */
const SAMPLES_MAX = 5;

/** Maximum length of a value that is kept. */
const VALUE_CHARS_MAX = 10_000;

/** The groups of all changes, by number. */
export class ChangeGroups {
  readonly #groups: Members[] = [];
  readonly #numbers = new Map<string, number>();

  /** Adds a change; returns the number of its group, undefined where it has none. */
  add(change: GroupedChange): number | undefined {
    const { instance_id, variant, reason, recorded, actual, ...place } = change;
    const { kind, step_name, name } = place;
    const path = place.path?.replaceAll(INDEX, anyIndex) ?? null;
    const key = JSON.stringify([kind, step_name, name, path, variant]);
    let number = this.#numbers.get(key);
    const delta = deltaOf(change);
    if (number === undefined) {
      if (this.#groups.length >= GROUPS_MAX) return undefined;
      const group: ChangeGroup = {
        kind,
        step_name,
        name,
        path,
        ...(recorded === undefined ? {} : { recorded: bounded(recorded) }),
        ...(actual === undefined ? {} : { actual: bounded(actual) }),
        delta,
        reason,
        count: 0,
      };
      number = this.#groups.push({ group, samples: [], isVolatile: true }) - 1;
      this.#numbers.set(key, number);
    }
    const members = this.#groups[number]!;
    if (members.group.delta !== delta) members.group.delta = null;
    members.isVolatile &&= looksVolatile(recorded, actual);
    if (members.samples.length < SAMPLES_MAX) {
      members.samples.push({ instance_id, values: valuesOf(change) });
    }
    return number;
  }

  /** Returns a group; its count is not set. */
  get(number: number): ChangeGroup {
    return this.#groups[number]!.group;
  }

  /** Whether all its values look as if they were new in each run, as ids do. */
  isVolatile(number: number): boolean {
    return this.#groups[number]!.isVolatile;
  }

  /** Whether an instance has the same two values in both groups. */
  haveEqualValues(one: number, other: number): boolean {
    const { samples } = this.#groups[other]!;
    return this.#groups[one]!.samples.some(({ instance_id, values }) =>
      samples.some((sample) =>
        sample.instance_id === instance_id && sample.values === values
      )
    );
  }
}

/** An index, or a quoted key, in which brackets have no meaning. */
const INDEX = /\["(?:[^"\\]|\\.)*"\]|\[\d+\]/g;

function anyIndex(text: string): string {
  return text.startsWith('["') ? text : "[*]";
}

function deltaOf({ recorded, actual }: GroupedChange): number | null {
  return typeof recorded === "number" && typeof actual === "number"
    // To twelve digits: 0.3 - 0.1 is 0.2.
    ? Number((actual - recorded).toPrecision(12))
    : null;
}

function bounded(value: JsonValue): JsonValue {
  const text = JSON.stringify(value);
  return text.length > VALUE_CHARS_MAX ? text.slice(0, VALUE_CHARS_MAX) : value;
}

function valuesOf({ recorded, actual }: GroupedChange): string {
  const text = JSON.stringify([recorded ?? null, actual ?? null]);
  return text.length > VALUE_CHARS_MAX ? "" : text;
}

/** Ids, times and tokens: two texts alike but for digits, or two large numbers. */
function looksVolatile(
  a: JsonValue | undefined,
  b: JsonValue | undefined,
): boolean {
  if (typeof a === "number" && typeof b === "number") {
    return Math.min(Math.abs(a), Math.abs(b)) >= 1e9;
  }
  if (typeof a !== "string" || typeof b !== "string") return false;
  if (a.length > VALUE_CHARS_MAX || b.length > VALUE_CHARS_MAX) return false;
  const shape = (text: string) => text.replaceAll(/[0-9a-f]{6,}|\d+/gi, "#");
  return /[0-9a-f]{8}|\d{2}:\d{2}/i.test(a) && shape(a) === shape(b);
}
