/**
 * Verifies the records of a run: each by itself, and against the others.
 *
 * @module
 */
import { firstIssue } from "../check/validate.ts";
import { correlate } from "../format/correlation.ts";
import {
  InstanceIds,
  type ReadonlyInstanceIds,
} from "../format/instance_ids.ts";
import type { RunPaths } from "../format/layout.ts";
import {
  fitsFormat,
  type RecordIds,
  type RecordKind,
} from "../format/record_kind.ts";
import { ASSERTION, type AssertionRecord } from "../format/assertion_record.ts";
import { INSTANCE, type InstanceRecord } from "../format/instance_record.ts";
import type { Manifest } from "../format/records.ts";
import { START, type StartRecord } from "../format/start_record.ts";
import { STEP, type StepRecord } from "../format/step_record.ts";
import { Tally } from "../format/tally.ts";
import { linesOf, recordBlocks } from "../read/internal.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { EARLY_STEPS_MAX, InstanceLedger } from "../read/internal.ts";
import type { Problems } from "./report.ts";

/**
 * Reads the JSONL files of a run: instances, steps, assertions, then starts.
 * A record that does not fit the format is a problem, and is not counted.
 */
export class RecordVerifier {
  /** The instances and attempts that have been read so far. */
  readonly ledger: InstanceLedger = new InstanceLedger();
  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #problems: Problems;
  readonly #manifest: Manifest | null;
  readonly #tally: Tally;
  readonly #incomplete = new InstanceIds();
  readonly #passed = new InstanceIds();

  /** @param manifest Null where it cannot be read. */
  constructor(
    fs: FileSystem,
    paths: RunPaths,
    problems: Problems,
    manifest: Manifest | null,
  ) {
    this.#fs = fs;
    this.#paths = paths;
    this.#problems = problems;
    this.#manifest = manifest;
    this.#tally = new Tally(manifest?.scenario_ids ?? []);
  }

  /** Number of instances with a start and no line; known after the starts. */
  get incompleteCount(): number {
    return this.#incomplete.size;
  }

  /** The instances that passed, of those that have been read so far. */
  get passed(): ReadonlyInstanceIds {
    return this.#passed;
  }

  /** The records that have been read so far, counted. */
  get tally(): Tally {
    return this.#tally;
  }

  /** Reports instances with more than one line. */
  async verifyInstances(): Promise<void> {
    await this.#forEachRecord<InstanceRecord>(
      INSTANCE,
      (record) => {
        this.#tally.addInstance(record);
        const { instance_id, correlation_id } = record;
        if (record.passed) this.#passed.add(instance_id);
        this.#verifyTimes(record);
        if (this.ledger.addInstance(instance_id, correlation_id)) return;
        this.#problems.add(
          "INSTANCE_REPEATED",
          this.#paths.instances,
          `Instance "${instance_id}" has more than one line`,
          instance_id,
        );
      },
    );
  }

  /**
   * Reports steps that are repeated or missing.
   *
   * @param onBlock Called with each block of steps after they were registered.
   */
  async verifySteps(
    onBlock: (steps: StepRecord[]) => Promise<void>,
  ): Promise<void> {
    const { steps: file } = this.#paths;
    await this.#forEachRecord<StepRecord>(
      STEP,
      (record) => {
        this.#tally.addStep(record);
        const { instance_id, correlation_id, step_index } = record;
        if (this.ledger.addStep(instance_id, correlation_id, step_index)) {
          return;
        }
        this.#problems.add(
          "STEP_REPEATED",
          file,
          `Instance "${instance_id}" has step_index ${step_index} more than once`,
          instance_id,
        );
      },
      onBlock,
    );
    if (this.ledger.lostOrder) {
      this.#problems.add(
        "STEP_MISSING",
        file,
        `Cannot detect missing steps: more than ${EARLY_STEPS_MAX} steps come before an earlier one of their instance`,
      );
    }
    for (const { instance_id, step_index } of this.ledger.gaps()) {
      this.#problems.add(
        "STEP_MISSING",
        file,
        `Instance "${instance_id}" has later steps, but none with step_index ${step_index}`,
        instance_id,
      );
    }
  }

  /** Reports assertions about steps that do not exist. */
  async verifyAssertions(): Promise<void> {
    await this.#forEachRecord<AssertionRecord>(
      ASSERTION,
      (record) => {
        this.#tally.addAssertion(record);
        const { instance_id, correlation_id, step_index } = record;
        this.#verifyVerdict(record);
        if (this.ledger.addAssertion(instance_id, correlation_id, step_index)) {
          return;
        }
        this.#problems.add(
          "STEP_UNKNOWN",
          this.#paths.assertions,
          `Assertion "${record.assertion_name}" of instance "${instance_id}" is about step_index ${step_index}, which that instance does not have`,
          instance_id,
        );
      },
    );
  }

  #verifyTimes(
    { instance_id, started_at, completed_at }: InstanceRecord,
  ): void {
    if (completed_at >= started_at) return;
    this.#problems.add(
      "TIME_REVERSED",
      this.#paths.instances,
      `Instance "${instance_id}" started at ${started_at} and completed before, at ${completed_at}`,
      instance_id,
    );
  }

  #verifyVerdict(record: AssertionRecord): void {
    const { instance_id, correlation_id, assertion_name, passed } = record;
    if (passed || !this.#passed.has(instance_id)) return;
    if (!this.ledger.isMain(instance_id, correlation_id)) return;
    this.#problems.add(
      "FALSE_PASS",
      this.#paths.assertions,
      `Instance "${instance_id}" has passed, though its assertion "${assertion_name}" has not`,
      instance_id,
    );
  }

  /** Counts the instances that started and never completed; starts come last. */
  async verifyStarts(): Promise<void> {
    const { started } = this.#paths;
    if (!await readGuard(started, () => this.#fs.stat(started))) return;
    await this.#forEachRecord<StartRecord>(
      START,
      ({ instance_id, correlation_id }) => {
        if (this.ledger.isCompleted(instance_id)) return;
        this.#incomplete.add(instance_id);
        this.ledger.addStart(instance_id, correlation_id);
      },
    );
  }

  /** Reports instances with more correlation ids than attempts. */
  verifyAttempts(): void {
    if (!this.#manifest) return;
    for (const further of this.ledger.furtherAttempts()) {
      const { instance_id, correlationIds } = further;
      const attempts = correlationIds.length + 1;
      const hasAttempt = (attempt: number) =>
        this.#hasAttempt(instance_id, attempt, correlationIds);
      // The id of the last attempt is derived from its number. Ids that a runner
      // chose itself say nothing about the number of attempts.
      const areDerived = Array.from({ length: attempts }, (_, i) => i + 1)
        .some(hasAttempt);
      if (hasAttempt(attempts) || !areDerived) continue;
      this.#problems.add(
        "CORRELATION_ID_MISMATCH",
        this.#paths.steps,
        `Records of instance "${instance_id}" have ${attempts} correlation ids, but it was attempted fewer times: one is "${
          correlationIds[0]
        }"`,
        instance_id,
      );
    }
  }

  /** Whether the id that this library derives for an attempt may be the last. */
  #hasAttempt(
    instance_id: string,
    attempt: number,
    further: readonly string[],
  ): boolean {
    const { nonce } = this.#manifest!;
    const { correlation_id } = correlate(nonce, instance_id, attempt);
    return this.ledger.isMain(instance_id, correlation_id) ||
      (!this.ledger.isCompleted(instance_id) &&
        further.includes(correlation_id));
  }

  /** Calls back with each record, and each block of them, that fits the format. */
  async #forEachRecord<R extends RecordIds>(
    kind: RecordKind<R>,
    onRecord: (record: R) => void,
    onBlock: (records: R[]) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const lines = linesOf(this.#paths, kind.name);
    const blocks = recordBlocks<R>(this.#fs, {
      ...lines,
      onBadLine: (makeError) => {
        // An error costs more than a line, and there may be millions of them.
        if (this.#problems.isFull) this.#problems.count++;
        else this.#problems.addCorruption(makeError());
      },
    });
    try {
      for await (const records of blocks) {
        const good = records.filter((record) =>
          this.#verifyRecord(lines.file, kind, record)
        );
        for (const record of good) onRecord(record);
        await onBlock(good);
      }
    } catch (error) {
      this.#problems.addCorruption(error);
    }
  }

  /** Reports what is wrong with a record; returns whether it fits the format. */
  #verifyRecord<R extends RecordIds>(
    file: string,
    kind: RecordKind<R>,
    record: R,
  ): boolean {
    const { instance_id, run_id } = record;
    // The schema costs ten times the cheap check, and knows what is wrong.
    const issue = fitsFormat(kind, record)
      ? undefined
      : firstIssue(kind.schema, record, { unknownFields: "keep" });
    if (issue) {
      this.#problems.add(
        "INVALID_RECORD",
        file,
        `A record of instance "${instance_id}" does not fit the format: "${issue.path}" ${issue.message}`,
        instance_id,
      );
    } else if (this.#manifest && run_id !== this.#manifest.run_id) {
      this.#problems.add(
        "RUN_ID_MISMATCH",
        file,
        `A record of instance "${instance_id}" belongs to run "${run_id}", not to "${this.#manifest.run_id}"`,
        instance_id,
      );
    }
    return issue === undefined;
  }
}
