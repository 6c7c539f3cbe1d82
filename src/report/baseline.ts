/**
 * The earlier run that a report compares its run with.
 *
 * @module
 */
import {
  type ComparedInstances,
  compareInstances,
} from "../compare/internal.ts";
import type { RunReader } from "../read/mod.ts";
import { collect, type Collected } from "./collect.ts";
import type { InstanceTable } from "./instance_table.ts";
import {
  CHANGES,
  type InstanceChanges,
  type ReportComparison,
} from "./model.ts";

/** Instances of the earlier run whose records are looked for. */
const PAIRS_MAX = 5_000;

/** The earlier run, and how each instance differs from it. */
export class Baseline {
  readonly run: RunReader;
  readonly instances: InstanceTable;
  /** What the page shows of the comparison. */
  readonly comparison: ReportComparison;
  /** Of each place: what has changed. */
  readonly changes: InstanceChanges;
  /** Of each place of this run: the place of its pair; -1 without one. */
  readonly #pairs: Int32Array;

  private constructor(
    run: RunReader,
    { instances, index }: Collected,
    compared: ComparedInstances,
    current: InstanceTable,
    name: string,
  ) {
    this.run = run;
    this.instances = instances;
    const { comparison, idInB } = compared;
    const { causes } = comparison;
    this.comparison = {
      run_id: run.run_id,
      name,
      timestamp: run.manifest.timestamp,
      counts: comparison.counts,
      isIdentical: comparison.identical,
      ignoredCount: comparison.ignoredCount,
      passRate: comparison.passRate,
      latency: comparison.latency,
      slowdowns: comparison.slowdowns,
      causes: {
        ...causes,
        listed: causes.listed.map((cause) => ({
          ...cause,
          examples: cause.examples.map(idInB),
        })),
      },
      steps: index.steps,
    };
    const { length } = current;
    this.#pairs = new Int32Array(length).fill(-1);
    this.changes = {
      change: [],
      beforeVerdict: [],
      beforeMs: [],
      beforeId: [],
      beforeChunk: Array<number>(length).fill(-1),
    };
    for (let place = 0; place < length; place++) {
      const id = current.idOf(place);
      const { other_id, kind } = compared.changeOf(id);
      const pair = other_id === null ? -1 : instances.placeOf(other_id);
      this.#pairs[place] = pair;
      this.changes.change.push(CHANGES.indexOf(kind));
      this.changes.beforeVerdict.push(
        pair === -1 ? -1 : instances.verdict[pair]!,
      );
      this.changes.beforeMs.push(pair === -1 ? 0 : instances.durationMs[pair]!);
      this.changes.beforeId.push(other_id === id ? null : other_id);
    }
  }

  /**
   * Compares a run with an earlier one.
   *
   * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
   */
  static async read(
    before: RunReader,
    run: RunReader,
    current: InstanceTable,
    name: string,
  ): Promise<Baseline> {
    const compared = await compareInstances(before, run);
    const collected = await collect(before);
    return new Baseline(before, collected, compared, current, name);
  }

  /**
   * Places of the pairs whose records are shown beside those of this run: of
   * examples of causes first, then newly failing, then others with a change.
   */
  wanted(current: InstanceTable): Map<number, number> {
    const wanted = new Map<number, number>();
    const want = (place: number) => {
      const pair = this.#pairs[place] ?? -1;
      if (pair !== -1 && wanted.size < PAIRS_MAX) wanted.set(pair, place);
    };
    for (const { examples } of this.comparison.causes.listed) {
      for (const id of examples) want(current.placeOf(id));
    }
    const { change } = this.changes;
    for (const isWanted of [isNewlyFailing, isChange]) {
      for (const [place, kind] of change.entries()) {
        if (isWanted(kind) && current.chunk[place] !== -1) want(place);
      }
    }
    return wanted;
  }
}

const isNewlyFailing = (change: number) => CHANGES[change] === "newlyFailing";
const isChange = (change: number) => CHANGES[change] !== null;
