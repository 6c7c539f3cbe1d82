/**
 * Pairs the instances of two runs.
 *
 * @module
 */
import { GrowingFloats, InstanceIndex } from "../format/instance_index.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import type { InstanceRecord } from "../format/records.ts";

/** Blocks of instances, as they are read. */
export type InstanceBlocks = AsyncIterable<Iterable<InstanceRecord>>;

/**
 * Pairs of instances: those with the same scenario and `instance_key`, in their
 * order where several have it; without a key, those with the same scenario and
 * instance id. Instances of different scenarios are never paired.
 *
 * Memory: some bytes for each instance, the keys of one run, and the ids of pairs
 * with two different ids.
 */
export class InstancePairs {
  readonly #scenarios = new Map<string, number>();
  readonly #a = new KnownInstances();
  readonly #b = new KnownInstances();
  readonly #pairedA = new InstanceIds();
  readonly #pairedB = new InstanceIds();
  /** Ids of the second run by those of the first, where they differ. */
  readonly #otherOfA = new Map<string, string>();
  readonly #otherOfB = new Map<string, string>();

  private constructor() {}

  /** Reads the instances of both runs. */
  static async read(
    a: InstanceBlocks,
    b: InstanceBlocks,
  ): Promise<InstancePairs> {
    const pairs = new InstancePairs();
    const byKey = new Map<string, string[]>();
    for await (const records of a) {
      for (const record of records) {
        const { instance_id, instance_key, scenario_id } = record;
        pairs.#a.add(instance_id, pairs.#scenario(record), instance_key);
        if (instance_key === null) continue;
        const key = JSON.stringify([scenario_id, instance_key]);
        const ids = byKey.get(key);
        if (ids) ids.push(instance_id);
        else byKey.set(key, [instance_id]);
      }
    }
    for await (const records of b) {
      for (const record of records) {
        const { instance_id, instance_key, scenario_id } = record;
        const scenario = pairs.#scenario(record);
        pairs.#b.add(instance_id, scenario, instance_key);
        const other = instance_key === null
          ? pairs.#a.isUnkeyed(instance_id, scenario) ? instance_id : undefined
          : byKey.get(JSON.stringify([scenario_id, instance_key]))?.shift();
        if (other !== undefined) pairs.#pair(other, instance_id);
      }
    }
    return pairs;
  }

  /**
   * What an instance of the first run is called in the comparison; undefined
   * where the second has none that it could be compared with.
   */
  nameOfA(instance_id: string): string | undefined {
    if (this.#pairedA.has(instance_id)) return instance_id;
    return this.#a.has(instance_id) ? undefined : inFlight(instance_id);
  }

  /** As {@linkcode InstancePairs.nameOfA}, of an instance of the second run. */
  nameOfB(instance_id: string): string | undefined {
    if (this.#pairedB.has(instance_id)) {
      return this.#otherOfB.get(instance_id) ?? instance_id;
    }
    return this.#b.has(instance_id) ? undefined : inFlight(instance_id);
  }

  /** The id in the second run of an instance that has a pair. */
  idInB(instance_id: string): string {
    return this.#otherOfA.get(instance_id) ?? instance_id;
  }

  #pair(a: string, b: string): void {
    this.#pairedA.add(a);
    this.#pairedB.add(b);
    if (a === b) return;
    this.#otherOfA.set(a, b);
    this.#otherOfB.set(b, a);
  }

  #scenario({ scenario_id }: InstanceRecord): number {
    let number = this.#scenarios.get(scenario_id);
    if (number === undefined) {
      number = this.#scenarios.size + 1;
      this.#scenarios.set(scenario_id, number);
    }
    return number;
  }
}

/** No id holds such a character. */
const IN_FLIGHT = "\0in flight";

/** Instances without a line are paired with each other only. */
function inFlight(instance_id: string): string {
  return instance_id + IN_FLIGHT;
}

/** Whether a name is of an instance without a line. */
export function isInFlight(name: string): boolean {
  return name.endsWith(IN_FLIGHT);
}

/** Suffix of an instance that only the second run has. */
const OF_B = "\0b";

/** The name of an instance that only the second run has. */
export function nameOfExtra(instance_id: string): string {
  return instance_id + OF_B;
}

/** Whether a name is of an instance that only the second run has. */
export function isOfB(name: string): boolean {
  return name.endsWith(OF_B);
}

/** The id that a name was made of. */
export function idOfName(name: string): string {
  const end = name.indexOf("\0");
  return end === -1 ? name : name.slice(0, end);
}

/** Scenarios of instances, by number: negative for those with a key. */
class KnownInstances {
  readonly #index = new InstanceIndex();
  /** 0 for an unknown instance. */
  readonly #scenarios = new GrowingFloats();

  add(instance_id: string, scenario: number, key: string | null): void {
    const index = this.#index.indexOf(instance_id);
    this.#scenarios.set(index, key === null ? scenario : -scenario);
  }

  has(instance_id: string): boolean {
    return this.#scenarioOf(instance_id) !== 0;
  }

  /** Whether the instance is known, of that scenario, and without a key. */
  isUnkeyed(instance_id: string, scenario: number): boolean {
    return this.#scenarioOf(instance_id) === scenario;
  }

  #scenarioOf(instance_id: string): number {
    const index = this.#index.find(instance_id);
    return index === undefined ? 0 : this.#scenarios.get(index);
  }
}
