/**
 * Finds the causes of the changes between two runs: which change explains which.
 *
 * @module
 */
import { GrowingFloats, InstanceIndex } from "../format/instance_index.ts";
import type { InstanceRecord } from "../format/records.ts";
import {
  type ChangeGroup,
  ChangeGroups,
  type GroupedChange,
} from "./change_groups.ts";
import { type ChangeSet, ChangeSets } from "./change_sets.ts";
import { idOfName } from "./instance_pairs.ts";

/** A change, and the changes that came after it in the same instances. */
export interface ChangeCause {
  /** The change that explains the others. */
  change: ChangeGroup;
  /** What else has changed in the same instances, in the order of their steps. */
  consequences: ChangeGroup[];
  /** Number of instances; 0 for the manifest and the summary. */
  count: number;
  /** Number of them that failed in the second run and not in the first. */
  newlyFailing: number;
  /** Their scenarios, sorted: the first 20. */
  scenarios: string[];
  /** Ids of the first 5 of them, newly failing ones first. */
  examples: string[];
}

/** The causes that were found. */
export interface ChangeCauses {
  /** Those of newly failing instances first, then the most frequent: the first 200. */
  listed: ChangeCause[];
  /** Number of causes. */
  count: number;
  /** Number of changes that are in none of them, because there were too many. */
  ungrouped: number;
}

/** Where a change stands: the order in which changes explain each other. */
export interface ChangePlace {
  /** Name of the instance in the comparison; null for the run as a whole. */
  instance: string | null;
  /** The step; null for the instance as a whole. */
  step_index: number | null;
  /** The part of the step: an observation explains an assertion. */
  part: "step" | "assertion" | "file" | "instance";
}

const PARTS: readonly ChangePlace["part"][] = [
  "step",
  "assertion",
  "file",
  "instance",
];
const LISTED_MAX = 200;
const CONSEQUENCES_MAX = 50;
const SCENARIOS_MAX = 20;
const EXAMPLES_MAX = 5;

/** Collects changes and finds their causes. Memory: a number for each instance. */
export class CauseFinder {
  readonly #groups = new ChangeGroups();
  readonly #sets = new ChangeSets();
  readonly #index = new InstanceIndex();
  readonly #setOf = new GrowingFloats();
  /** Kinds of changes of the run as a whole. */
  readonly #ofRun = new Map<number, number>();
  /** Names of instances in flight that have a change: they have no line. */
  readonly #inFlight = new Set<string>();
  #ungrouped = 0;

  /** Adds a change of the run as a whole or of an instance. */
  add(place: ChangePlace, change: GroupedChange): void {
    const kind = this.#groups.add(change);
    const { instance } = place;
    if (kind === undefined) this.#ungrouped++;
    else if (instance === null) {
      this.#ofRun.set(kind, (this.#ofRun.get(kind) ?? 0) + 1);
    } else this.#addTo(instance, kind, placeOf(place));
  }

  /** Notes that an instance has no line, so that {@linkcode causes} counts it. */
  addInFlight(name: string): void {
    this.#inFlight.add(name);
  }

  /** Whether an instance has a change. */
  has(name: string): boolean {
    return this.#setNumber(name) > 0;
  }

  /** Name of the changed step of an instance with this index, where there is one. */
  stepName(instance: string, step_index: number | null): string | null {
    if (step_index === null) return null;
    const place = placeOf({ instance, step_index, part: "step" });
    const of = this.#setNumber(instance);
    const change = this.#sets.get(of).find((change) => change.place === place);
    return change ? this.#groups.get(change.kind).step_name : null;
  }

  /**
   * Returns the causes.
   *
   * @param instances The instances of both runs that have changes, by their names.
   * @param isNewlyFailing Of an instance with that name.
   */
  async causes(
    instances: AsyncIterable<readonly [string, InstanceRecord][]>,
    isNewlyFailing: (name: string) => boolean,
  ): Promise<ChangeCauses> {
    const users = new Map<number, SetUsers>();
    const count = (name: string, record: InstanceRecord | null) => {
      const number = this.#setNumber(name);
      if (number === 0) return;
      let of = users.get(number);
      if (!of) users.set(number, of = new SetUsers());
      of.add(name, record, isNewlyFailing(name));
    };
    for await (const block of instances) {
      for (const [name, record] of block) count(name, record);
    }
    for (const name of this.#inFlight) count(name, null);
    const causes = this.#causesOf(users);
    for (const [kind, changes] of this.#ofRun) {
      causes.push({
        change: { ...this.#groups.get(kind), count: changes },
        consequences: [],
        count: 0,
        newlyFailing: 0,
        scenarios: [],
        examples: [],
      });
    }
    causes.sort((x, y) =>
      y.newlyFailing - x.newlyFailing || rankOf(x) - rankOf(y) ||
      y.count - x.count
    );
    return {
      listed: causes.slice(0, LISTED_MAX),
      count: causes.length,
      ungrouped: this.#ungrouped,
    };
  }

  #addTo(instance: string, kind: number, place: number): void {
    const index = this.#index.indexOf(instance);
    const sum = this.#sets.add(this.#setOf.get(index), { kind, place });
    if (sum === undefined) this.#ungrouped++;
    else this.#setOf.set(index, sum);
  }

  #setNumber(instance: string): number {
    const index = this.#index.find(instance);
    return index === undefined ? 0 : this.#setOf.get(index);
  }

  #causesOf(users: ReadonlyMap<number, SetUsers>): ChangeCause[] {
    const explains = this.#shares(users);
    const causes = new Map<number, CauseParts>();
    for (const [number, of] of users) {
      const set = this.#sets.get(number);
      const root = this.#rootOf(set, of.newlyFailing > 0, explains);
      let cause = causes.get(root);
      if (!cause) causes.set(root, cause = new CauseParts());
      cause.add(set, of);
    }
    return [...causes].map(([root, parts]) =>
      parts.cause(root, (kind) => this.#groups.get(kind))
    );
  }

  /** Of each kind of change, the share of its instances that are newly failing. */
  #shares(users: ReadonlyMap<number, SetUsers>): Map<number, number> {
    const [all, failing] = [new Map<number, number>(), new Map()];
    for (const [number, of] of users) {
      for (const { kind } of this.#sets.get(number)) {
        all.set(kind, (all.get(kind) ?? 0) + of.count);
        failing.set(kind, (failing.get(kind) ?? 0) + of.newlyFailing);
      }
    }
    return new Map(
      [...all].map(([kind, count]) => [kind, failing.get(kind) / count]),
    );
  }

  /**
   * Returns the change that explains a set: the first that does not look like an
   * id or a time. For a newly failing instance, changes whose instances fail less
   * than half as often as those of another change do not count; and of several
   * changes of one step it is the one whose values an assertion has.
   */
  #rootOf(
    set: ChangeSet,
    isFailing: boolean,
    share: ReadonlyMap<number, number>,
  ): number {
    const [first] = set;
    const steady = set.filter(({ kind }) => !this.#groups.isVolatile(kind));
    const most = Math.max(...steady.map(({ kind }) => share.get(kind)!));
    const candidates = isFailing
      ? steady.filter(({ kind }) => share.get(kind)! >= most / 2)
      : steady;
    const root = candidates[0] ?? first!;
    const asserted = candidates.find(({ kind, place }) =>
      place === root.place &&
      set.some((other) =>
        other.place > place && this.#groups.haveEqualValues(kind, other.kind)
      )
    );
    return (asserted ?? root).kind;
  }
}

/** The instances that have one set of changes. */
class SetUsers {
  count = 0;
  newlyFailing = 0;
  readonly scenarios = new Set<string>();
  readonly failing: string[] = [];
  readonly others: string[] = [];

  add(
    name: string,
    record: InstanceRecord | null,
    isNewlyFailing: boolean,
  ): void {
    this.count++;
    if (isNewlyFailing) this.newlyFailing++;
    if (record && this.scenarios.size < SCENARIOS_MAX) {
      this.scenarios.add(record.scenario_id);
    }
    const examples = isNewlyFailing ? this.failing : this.others;
    if (examples.length < EXAMPLES_MAX) {
      examples.push(record ? record.instance_id : idOfName(name));
    }
  }
}

/** Sets of changes with the same cause. */
class CauseParts {
  readonly #users = new SetUsers();
  readonly #counts = new Map<number, { count: number; place: number }>();

  add(set: ChangeSet, users: SetUsers): void {
    const all = this.#users;
    all.count += users.count;
    all.newlyFailing += users.newlyFailing;
    for (const scenario of users.scenarios) all.scenarios.add(scenario);
    all.failing.push(...users.failing);
    all.others.push(...users.others);
    all.failing.splice(EXAMPLES_MAX);
    all.others.splice(EXAMPLES_MAX);
    for (const { kind, place } of set) {
      const known = this.#counts.get(kind);
      if (known) known.count += users.count;
      else this.#counts.set(kind, { count: users.count, place });
    }
  }

  cause(root: number, groupOf: (kind: number) => ChangeGroup): ChangeCause {
    const { count, newlyFailing, scenarios, failing, others } = this.#users;
    const consequences = [...this.#counts].filter(([kind]) => kind !== root)
      .sort(([, x], [, y]) => x.place - y.place)
      .slice(0, CONSEQUENCES_MAX);
    return {
      change: { ...groupOf(root), count: this.#counts.get(root)!.count },
      consequences: consequences.map(([kind, { count }]) => ({
        ...groupOf(kind),
        count,
      })),
      count,
      newlyFailing,
      scenarios: [...scenarios].sort().slice(0, SCENARIOS_MAX),
      examples: [...failing, ...others].slice(0, EXAMPLES_MAX),
    };
  }
}

/** A changed manifest may explain all that follows; a summary explains nothing. */
function rankOf({ change: { kind } }: ChangeCause): number {
  return kind === "manifest" ? 0 : kind === "summary" ? 2 : 1;
}

function placeOf({ step_index, part }: ChangePlace): number {
  const step = step_index ?? 2 ** 40;
  return step * PARTS.length + PARTS.indexOf(part);
}
