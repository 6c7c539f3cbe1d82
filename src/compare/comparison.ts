/**
 * One comparison of two runs, pass by pass.
 *
 * @module
 */
import { align, type UnequalPair } from "./align.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import { Latencies } from "./latencies.ts";
import type { LatencyPairs } from "./latency_pairs.ts";
import { artifactPath } from "../format/layout.ts";
import type { Lined, LinedKind, NormalLines } from "./normal_lines.ts";
import { FormReader, type NormalLine, NormalRun } from "./normal_run.ts";
import {
  idOfName,
  type InstancePairs,
  isOfB,
  nameOfExtra,
} from "./instance_pairs.ts";
import type { NormalForm, NormalSummary } from "./normal_form.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StepRecord,
} from "../format/records.ts";
import type { PathPattern } from "../json/path_pattern.ts";
import { ChangeRecorder } from "./change_recorder.ts";
import type { RunChange } from "./run_changes.ts";
import type { Outcomes } from "./outcomes.ts";
import type { RunComparison } from "./run_comparison.ts";

/** One comparison of two runs. */
export class Comparison {
  readonly #a: NormalRun;
  readonly #b: NormalRun;
  readonly #recorder: ChangeRecorder;
  readonly #pairs: InstancePairs;
  readonly #latencies = new Latencies();
  readonly #latencyPairs: LatencyPairs;
  readonly #outcomes: Outcomes;

  constructor(
    a: NormalRun,
    b: NormalRun,
    pairs: InstancePairs,
    outcomes: Outcomes,
    ignore: readonly PathPattern[],
    latencyPairs: LatencyPairs,
  ) {
    this.#latencyPairs = latencyPairs;
    this.#a = a;
    this.#b = b;
    this.#outcomes = outcomes;
    this.#pairs = pairs;
    this.#recorder = new ChangeRecorder(ignore);
  }

  /** Compares what is small, then instances, steps, assertions and files. */
  async compare(): Promise<RunComparison> {
    this.#compareDocuments("manifest", this.#a.manifest(), this.#b.manifest());
    await this.#compareInstances();
    await this.#compareSteps();
    await this.#compareAssertions();
    await this.#compareFiles();
    this.#compareDocuments("summary", this.#a.summary(), this.#b.summary());
    const { changes, causes } = this.#recorder;
    const { counts } = changes;
    const latencyByStep = this.#latencies.byStep();
    return {
      identical: Object.values(counts).every((count) => count === 0),
      counts,
      changes: changes.list(),
      causes: await causes.causes(
        this.#namedInstances(),
        (name) => this.#outcomes.isNewlyFailing(name),
      ),
      ignoredCount: this.#recorder.ignoredCount,
      passRate: {
        a: this.#outcomes.a.passRate(),
        b: this.#outcomes.b.passRate(),
      },
      abandoned: {
        a: this.#a.abandonedCount(),
        b: this.#b.abandonedCount(),
      },
      latency: this.#latencies.all(),
      latencyByStep,
      slowdowns: this.#latencyPairs.slowdowns(latencyByStep),
    };
  }

  /** Whether an instance has a change, by its name in the comparison. */
  isChanged = (name: string): boolean => this.#recorder.causes.has(name);
  #compareDocuments(
    kind: "manifest" | "summary",
    a: NormalForm<Manifest | NormalSummary> | null,
    b: NormalForm<Manifest | NormalSummary> | null,
  ): void {
    if (a?.text === b?.text) return;
    this.#recorder.add(
      { kind, instance_id: null, step_index: null, name: null },
      { instance: null, step_index: null, part: "instance" },
      a ?? undefined,
      b ?? undefined,
    );
  }

  async #compareInstances(): Promise<void> {
    // Those without a pair first: what is named below has one.
    const { nameOfA, nameOfB } = this.#names;
    for await (const block of this.#namedInstances()) {
      for (const [name, record] of block) this.#addUnpaired(name, record);
    }
    this.#a.rename(nameOfA);
    this.#b.rename(nameOfB);
    const changed = new InstanceIds();
    const pairs = this.#unequal<InstanceRecord>("instance", ({ name }) => name);
    for await (const { a, b } of pairs) {
      const { instance_id: name, scenario_id } = (a ?? b)!.record;
      changed.add(name);
      this.#addInstance(name, scenario_id, a, b);
    }
    const { a, b } = this.#outcomes;
    if (!a.hasRetries && !b.hasRetries) return;
    // Lines that are equal, and a retry has changed the verdict.
    for await (const block of this.#namedInstances()) {
      for (const [name, { scenario_id }] of block) {
        if (isOfB(name) || changed.has(name)) continue;
        if (nameOfA(name) === undefined) continue;
        if (this.#outcomes.kindOfPair(name) === "changedInstance") continue;
        this.#addInstance(name, scenario_id);
      }
    }
  }

  /** The instances of both runs by name, each pair once. */
  async *#namedInstances(): AsyncGenerator<[string, InstanceRecord][]> {
    const { nameOfB } = this.#names;
    for await (const records of this.#a.recordedInstances()) {
      yield records.map((record) => [record.instance_id, record]);
    }
    for await (const records of this.#b.recordedInstances()) {
      yield records.filter(({ instance_id }) =>
        nameOfB(instance_id) === undefined
      ).map((record) => [nameOfExtra(record.instance_id), record]);
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
      this.#latencyPairs.add(run, line);
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
    scenario_id: string,
    a?: NormalForm<InstanceRecord>,
    b?: NormalForm<InstanceRecord>,
  ): void {
    this.#recorder.add(
      {
        kind: this.#outcomes.kindOfPair(name),
        ...this.#idsOf(name),
        step_index: null,
        name: scenario_id,
      },
      { instance: name, step_index: null, part: "instance" },
      a,
      b,
    );
  }

  /** Adds an instance that only one run has; none for one that has a pair. */
  #addUnpaired(name: string, { scenario_id }: InstanceRecord): void {
    if (!isOfB(name) && this.#pairs.nameOfA(name) !== undefined) return;
    const instance_id = idOfName(name);
    const kind = this.#outcomes.kindOfUnpaired(name);
    const change = { kind, instance_id, step_index: null, name: scenario_id };
    this.#recorder.add(
      change,
      { instance: name, step_index: null, part: "instance" },
      undefined,
      undefined,
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
      const place = {
        instance: instance_id,
        step_index,
        part: "step",
      } as const;
      const kind = this.#recorder.stepChange(a, b);
      const ids = this.#idsOf(instance_id);
      this.#recorder.add({ kind, ...ids, step_index, name }, place, a, b);
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
      const kind = !a
        ? "extraAssertion"
        : b
        ? "changedAssertion"
        : "missingAssertion";
      this.#recorder.add(
        { kind, ...this.#idsOf(instance_id), step_index, name },
        { instance: instance_id, step_index, part: "assertion" },
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
      const path = artifactPath(instance_id, file);
      this.#recorder.addFile({ kind, ...ids }, name, file, path);
    };
    for (const file of a.difference(b)) add("missingFile", file);
    for (const file of b.difference(a)) add("extraFile", file);
  }
}
