/**
 * One comparison of two runs, pass by pass.
 *
 * @module
 */
import { align, type UnequalPair } from "./align.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import { Latencies, type LatencyShift } from "./latencies.ts";
import { artifactPath } from "../format/layout.ts";
import type { Lined, LinedKind, NormalLines } from "./normal_lines.ts";
import { FormReader, type NormalLine, NormalRun } from "./normal_run.ts";
import { idOfName, InstancePairs } from "./instance_pairs.ts";
import type { NormalForm, NormalSummary } from "./normal_form.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StepRecord,
} from "../format/records.ts";
import {
  assertionChange,
  type ChangeKind,
  instanceChange,
  type RunChange,
  RunChanges,
  stepChange,
} from "./run_changes.ts";

/** Result of `compareRuns`. */
export interface RunComparison {
  /** Whether nothing has changed, apart from latencies and other volatile fields. */
  identical: boolean;
  /** Number of changes of each kind. */
  counts: Record<ChangeKind, number>;
  /**
   * The changes, by kind and instance: the first 1000 of each kind, and at most
   * about 16 MB in all.
   */
  changes: RunChange[];
  /**
   * Number of lines that were not compared: steps and assertions of an attempt
   * that was made before the run was interrupted, and again afterwards.
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

/** One comparison of two runs. */
export class Comparison {
  readonly #a: NormalRun;
  readonly #b: NormalRun;
  readonly #changes = new RunChanges();
  readonly #pairs: InstancePairs;
  readonly #latencies = new Latencies();

  constructor(a: NormalRun, b: NormalRun, pairs: InstancePairs) {
    this.#a = a;
    this.#b = b;
    this.#pairs = pairs;
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
    a: NormalForm<Manifest | NormalSummary> | null,
    b: NormalForm<Manifest | NormalSummary> | null,
  ): void {
    if (a?.text === b?.text) return;
    this.#changes.add(
      { kind, instance_id: null, step_index: null, name: null },
      a ?? undefined,
      b ?? undefined,
    );
  }

  async #compareInstances(): Promise<void> {
    // Those without a pair first: what is named below has one.
    const { nameOfA, nameOfB } = this.#names;
    for await (const records of this.#a.recordedInstances()) {
      for (const record of records) {
        if (nameOfA(record.instance_id) === undefined) {
          this.#addInstance(record.instance_id, record);
        }
      }
    }
    for await (const records of this.#b.recordedInstances()) {
      for (const record of records) {
        if (nameOfB(record.instance_id) === undefined) {
          this.#addInstance(record.instance_id, undefined, record);
        }
      }
    }
    this.#a.rename(nameOfA);
    this.#b.rename(nameOfB);
    const pairs = this.#unequal<InstanceRecord>("instance", ({ name }) => name);
    for await (const { a, b } of pairs) {
      const { instance_id } = (a ?? b)!.record;
      this.#addInstance(instance_id, a?.record, b?.record, a, b);
    }
  }

  /** The lines that differ, and those of one run alone, as they read. */
  async *#unequal<R extends Lined>(
    kind: LinedKind,
    keyOf: (line: NormalLine) => string,
  ): AsyncGenerator<UnequalPair<NormalForm<R>>> {
    const addLatency = (run: "a" | "b") => (line: NormalLines) => {
      const { latency_ms } = line;
      if (latency_ms === undefined) return;
      this.#latencies.add(run, line.recordName, latency_ms);
    };
    const pairs = align(
      this.#a.lines(kind, addLatency("a")),
      this.#b.lines(kind, addLatency("b")),
      keyOf,
    );
    const [formsA, formsB] = [
      new FormReader<R>(this.#a, kind),
      new FormReader<R>(this.#b, kind),
    ];
    try {
      for await (const { a, b } of pairs) {
        yield {
          a: a && await formsA.read(a),
          b: b && await formsB.read(b),
        };
      }
    } finally {
      await formsA.close();
      await formsB.close();
    }
  }

  #addInstance(
    name: string,
    a: InstanceRecord | undefined,
    b?: InstanceRecord,
    normalA?: NormalForm,
    normalB?: NormalForm,
  ): void {
    const kind = instanceChange(a, b);
    const { scenario_id } = (a ?? b)!;
    this.#changes.add(
      { kind, ...this.#idsOf(name), step_index: null, name: scenario_id },
      normalA,
      normalB,
    );
  }

  get #names() {
    return {
      nameOfA: (id: string) => this.#pairs.nameOfA(id),
      nameOfB: (id: string) => this.#pairs.nameOfB(id),
    };
  }

  #idsOf(name: string): Pick<RunChange, "instance_id" | "otherInstanceId"> {
    const instance_id = idOfName(name);
    const other = this.#pairs.idInB(instance_id);
    return {
      instance_id,
      otherInstanceId: other === instance_id ? null : other,
    };
  }

  async #compareSteps(): Promise<void> {
    const pairs = this.#unequal<StepRecord>(
      "step",
      ({ step_index, name }) => `${step_index} ${name}`,
    );
    for await (const { a, b } of pairs) {
      const { instance_id, step_index, step_name: name } = (a ?? b)!.record;
      const kind = stepChange(a, b);
      this.#changes.add(
        { kind, ...this.#idsOf(instance_id), step_index, name },
        a,
        b,
      );
    }
  }

  async #compareAssertions(): Promise<void> {
    const pairs = this.#unequal<AssertionRecord>(
      "assertion",
      ({ name, step_index, recordName }) =>
        JSON.stringify([name, step_index, recordName]),
    );
    for await (const { a, b } of pairs) {
      const { instance_id, step_index, assertion_name: name } =
        (a ?? b)!.record;
      const kind = assertionChange(a, b);
      this.#changes.add(
        { kind, ...this.#idsOf(instance_id), step_index, name },
        a,
        b,
      );
    }
  }

  async #compareFiles(): Promise<void> {
    const compared = new InstanceIds();
    for await (const instance_id of this.#a.artifactDirs()) {
      const name = this.#pairs.nameOfA(instance_id);
      if (name === undefined) continue;
      compared.add(name);
      await this.#compareNames(name);
    }
    for await (const instance_id of this.#b.artifactDirs()) {
      const name = this.#pairs.nameOfB(instance_id);
      if (name !== undefined && !compared.has(name)) {
        await this.#compareNames(name);
      }
    }
  }

  async #compareNames(name: string): Promise<void> {
    const ids = this.#idsOf(name);
    const instance_id = ids.instance_id!;
    const a = await this.#a.artifactNames(instance_id);
    const b = await this.#b.artifactNames(ids.otherInstanceId ?? instance_id);
    const add = (kind: "missingFile" | "extraFile", file: string) => {
      const name = artifactPath(instance_id, file);
      this.#changes.add({ kind, ...ids, step_index: null, name });
    };
    for (const file of a.difference(b)) add("missingFile", file);
    for (const file of b.difference(a)) add("extraFile", file);
  }
}
