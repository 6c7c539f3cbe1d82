/**
 * What has changed between two runs.
 *
 * @module
 */
import { align } from "./align.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import { Latencies, type LatencyShift } from "./latencies.ts";
import { artifactPath } from "../format/layout.ts";
import { type NormalLine, NormalRun } from "./normal_run.ts";
import type { AssertionRecord, StepRecord } from "../format/records.ts";
import {
  assertionChange,
  type ChangeKind,
  instanceChange,
  type RunChange,
  RunChanges,
  stepChange,
} from "./run_changes.ts";
import type { RunReader } from "../read/mod.ts";

/** What {@linkcode compareRuns} found. */
export interface RunComparison {
  /** Whether nothing has changed: latencies and other volatile fields apart. */
  identical: boolean;
  /** How many changes of each kind there are. */
  counts: Record<ChangeKind, number>;
  /**
   * The changes, by kind and instance: the first 1000 of each kind, and no more
   * than some 16 MB in all.
   */
  changes: RunChange[];
  /**
   * Lines that were left out: steps and assertions of an instance that are not
   * under the correlation id of its line, and so of an attempt that it made
   * before the run was interrupted.
   */
  abandoned: {
    /** Of the first run. */
    a: number;
    /** Of the second run. */
    b: number;
  };
  /** Latencies of all steps. */
  latency: LatencyShift;
  /** Latencies by step name; the first 100 names. */
  latencyByStep: Record<string, LatencyShift>;
}

/**
 * Compares two runs, instance by instance. `identical` says that they are the
 * same as two runs with one seed and config should be: the same manifest,
 * lines, summary and names of artifact files, but for `run_id`,
 * `correlation_id`, `created_by`, times, durations and latencies; and but for
 * the instance's own correlation id in whatever the system under test has sent
 * back. What artifact files hold is not compared, nor what an interrupted run
 * left of attempts that it made again.
 *
 * The parts of an instance that one of them has not are not listed one by one.
 * Neither is the order of the lines a change. It reads both runs twice, side by
 * side; where their lines are in like order, memory does not grow with them;
 * where not, up to half of them is held.
 *
 * @example
 * ```ts
 * import { compareRuns, createRun, openRun } from "@windtunnel/artifacts";
 *
 * const paths: string[] = [];
 * for (const status_code of [201, 500]) {
 *   const run = await createRun({ sut_name: "ecommerce", seed: 42 });
 *   const instance = run.startInstance({ scenario_id: "checkout" });
 *   await instance.step({
 *     step_name: "pay",
 *     step_type: "http",
 *     observation: { status_code },
 *   });
 *   await instance.complete({ passed: status_code === 201 });
 *   await run.finalize();
 *   paths.push(run.path);
 * }
 * const [before, after] = await Promise.all(paths.map((path) => openRun(path)));
 * const { identical, counts, changes } = await compareRuns(before!, after!);
 * console.log(identical, counts.newlyFailing); // false 1
 * for (const { kind, instance_id, differences } of changes) {
 *   console.log(kind, instance_id, differences);
 * }
 * ```
 *
 * @param a The run that the other one is held against.
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function compareRuns(
  a: RunReader,
  b: RunReader,
): Promise<RunComparison> {
  const [normalA, normalB] = [
    await NormalRun.open(a),
    await NormalRun.open(b),
  ];
  return await new Comparison(normalA, normalB).compare();
}

/** A comparison that is going on. */
class Comparison {
  readonly #a: NormalRun;
  readonly #b: NormalRun;
  readonly #changes = new RunChanges();
  /** Instances that one of the runs has not: their parts are left out. */
  readonly #oneSided = new InstanceIds();
  readonly #latencies = new Latencies();

  constructor(a: NormalRun, b: NormalRun) {
    this.#a = a;
    this.#b = b;
  }

  async compare(): Promise<RunComparison> {
    this.#compareDocuments("manifest", this.#a.manifest(), this.#b.manifest());
    await this.#compareInstances();
    await this.#compareSteps();
    await this.#compareAssertions();
    await this.#compareFiles();
    this.#compareDocuments("summary", this.#a.summary(), this.#b.summary());
    const { counts } = this.#changes;
    return {
      identical: Object.values(counts).every((count) => count === 0),
      counts,
      changes: this.#changes.list(),
      abandoned: {
        a: this.#a.abandonedCount(),
        b: this.#b.abandonedCount(),
      },
      latency: this.#latencies.all(),
      latencyByStep: this.#latencies.byStep(),
    };
  }

  #compareDocuments(
    kind: "manifest" | "summary",
    a: string | null,
    b: string | null,
  ): void {
    if (a === b) return;
    this.#changes.add(
      { kind, instance_id: null, step_index: null, name: null },
      a ?? undefined,
      b ?? undefined,
    );
  }

  async #compareInstances(): Promise<void> {
    const pairs = align(
      this.#a.instances(),
      this.#b.instances(),
      ({ instance_id }) => instance_id,
    );
    for await (const { a, b } of pairs) {
      const { instance_id, scenario_id: name } = (a ?? b)!.record;
      const kind = instanceChange(a?.record, b?.record);
      if (!a || !b) this.#oneSided.add(instance_id);
      this.#changes.add(
        { kind, instance_id, step_index: null, name },
        a?.text,
        b?.text,
      );
    }
  }

  async #compareSteps(): Promise<void> {
    const pairs = align(
      this.#parts(this.#a.steps(), (step) => this.#latencies.add("a", step)),
      this.#parts(this.#b.steps(), (step) => this.#latencies.add("b", step)),
      ({ instance_id, step_index }) => `${step_index} ${instance_id}`,
    );
    for await (const { a, b } of pairs) {
      const { instance_id, step_index, step_name: name } = (a ?? b)!.record;
      const kind = stepChange(a?.text, b?.text);
      this.#changes.add(
        { kind, instance_id, step_index, name },
        a?.text,
        b?.text,
      );
    }
  }

  async #compareAssertions(): Promise<void> {
    const pairs = align(
      this.#parts(this.#a.assertions()),
      this.#parts(this.#b.assertions()),
      ({ instance_id, step_index, assertion_name }) =>
        JSON.stringify([instance_id, step_index, assertion_name]),
    );
    for await (const { a, b } of pairs) {
      const { instance_id, step_index, assertion_name: name } =
        (a ?? b)!.record;
      const kind = assertionChange(a?.record, b?.record);
      this.#changes.add(
        { kind, instance_id, step_index, name },
        a?.text,
        b?.text,
      );
    }
  }

  async #compareFiles(): Promise<void> {
    const seen = new InstanceIds();
    for await (const instance_id of this.#a.artifactDirs()) {
      seen.add(instance_id);
      await this.#compareNames(instance_id);
    }
    for await (const instance_id of this.#b.artifactDirs()) {
      if (!seen.has(instance_id)) await this.#compareNames(instance_id);
    }
  }

  async #compareNames(instance_id: string): Promise<void> {
    if (this.#oneSided.has(instance_id)) return;
    const a = await this.#a.artifactNames(instance_id);
    const b = await this.#b.artifactNames(instance_id);
    const add = (kind: "missing_file" | "extra_file", file: string) => {
      const name = artifactPath(instance_id, file);
      this.#changes.add({ kind, instance_id, step_index: null, name });
    };
    for (const file of a.difference(b)) add("missing_file", file);
    for (const file of b.difference(a)) add("extra_file", file);
  }

  /** The lines of instances that both runs have, looked at as they pass. */
  async *#parts<R extends StepRecord | AssertionRecord>(
    blocks: AsyncGenerator<NormalLine<R>[]>,
    look: (record: R) => void = () => {},
  ): AsyncGenerator<NormalLine<R>[]> {
    for await (const lines of blocks) {
      for (const { record } of lines) look(record);
      yield lines.filter(({ record }) =>
        !this.#oneSided.has(record.instance_id)
      );
    }
  }
}
