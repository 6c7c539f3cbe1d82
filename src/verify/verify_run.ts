/**
 * Whether a run is what it says it is.
 *
 * @module
 */
import { InstanceIds } from "../format/instance_ids.ts";
import type { RecordIds } from "../format/record_kind.ts";
import { FileSystemOption } from "../storage/options.ts";
import * as v from "valibot";
import { confined } from "../storage/confined.ts";
import { correlate } from "../format/correlation.ts";
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { firstIssue } from "../check/validate.ts";
import { recordFiles, type RunPaths, runPaths } from "../format/layout.ts";
import { assertOptions } from "../check/options.ts";
import { findTornTail } from "../storage/line_reader.ts";
import { findWriter } from "../storage/lock.ts";
import {
  linesOf,
  readManifest,
  readSummary,
  recordBlocks,
  type RecordKind,
  runState,
} from "../read/internal.ts";
import {
  type AssertionRecord,
  AssertionRecordSchema,
  type InstanceRecord,
  InstanceRecordSchema,
  type Manifest,
  type StartRecord,
  StartRecordSchema,
  type StepRecord,
  StepRecordSchema,
} from "../format/records.ts";
import { type OpenRunOptions, type RunState } from "../read/mod.ts";
import { fileSystemOf } from "../adapters/mod.ts";
import { scanSecrets, type Secrets } from "./scan_secrets.ts";
import { EARLY_STEPS_MAX, StepOrder } from "./instance_ledger.ts";
import { Tally } from "../format/tally.ts";
import { Problems, type VerificationReport } from "./report.ts";
import { ArtifactTree } from "./verify_artifacts.ts";
import { verifySummary } from "./verify_summary.ts";

/** How {@linkcode verifyRun} verifies. */
export interface VerifyRunOptions extends OpenRunOptions {
  /**
   * Values that must not be in the run, each of at least 6 bytes: a list, or an
   * object whose keys are their names. They are looked for in every file, as
   * they are, as JSON, in base64 and URL-encoded. No message repeats them.
   */
  secrets?: Secrets;
}

const VerifyRunOptionsSchema: v.GenericSchema<VerifyRunOptions> = v
  .strictObject({
    fs: FileSystemOption,
    secrets: v.optional(v.union([
      v.array(v.string()),
      v.record(v.string(), v.string()),
    ], "must be a list of texts, or an object of texts by name")),
  });

/**
 * Reads the whole of a run once and tells, as data, what does not hold: counts
 * against the summary, step indexes without gap or repeat, one correlation id
 * for each instance, the run id everywhere, artifact files named and there,
 * nothing in the tree that the format does not know. Changes nothing.
 *
 * Steps of an instance that did not complete are no problem, and neither are
 * earlier attempts of a resumed run. Memory: about 30 bytes for each instance
 * with a counted id, some hundred for others. Percentiles and times of the
 * summary are not checked, and a request or response of more than 16 MiB is not
 * parsed.
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `UNSUPPORTED_VERSION`, `READ_FAILED`,
 * `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { createRun, verifyRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * await run.startInstance({ scenario_id: "checkout" }).complete();
 * await run.finalize();
 *
 * const { ok, problems } = await verifyRun(run.path);
 * console.log(ok); // true
 * for (const { code, message } of problems) console.log(code, message);
 * ```
 */
export async function verifyRun(
  path: string,
  options: VerifyRunOptions = {},
): Promise<VerificationReport> {
  assertOptions("verifyRun", VerifyRunOptionsSchema, options);
  const fs = confined(await fileSystemOf(options.fs), path);
  const verification = new Verification(fs, runPaths(path));
  return await verification.report(options.secrets ?? []);
}

/** One pass over one run. */
class Verification {
  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #problems = new Problems();
  /** Instances that were started and did not complete. */
  readonly #incomplete = new InstanceIds();
  readonly #order = new StepOrder();
  #manifest: Manifest | null = null;
  #tally = new Tally([]);

  constructor(fs: FileSystem, paths: RunPaths) {
    this.#fs = fs;
    this.#paths = paths;
  }

  async report(secrets: Secrets): Promise<VerificationReport> {
    const { run } = this.#paths;
    const manifest = await this.#readable(readManifest) ?? null;
    this.#manifest = manifest;
    this.#tally = new Tally(manifest?.scenario_ids ?? []);
    const writer = await readGuard(run, () => findWriter(this.#fs, run));
    const isHeld = writer !== null;
    const summary = await this.#readable(readSummary);
    const state = runState(summary ?? null, writer);
    if (summary === null) this.#notFinalized(state);

    const tree = new ArtifactTree(this.#fs, this.#paths, this.#problems);
    await tree.list(isHeld);
    // While there is a writer, a line under way is no damage.
    if (!isHeld) await this.#verifyTails();
    await this.#verifyInstances();
    await this.#verifySteps(tree);
    await tree.listFiles(this.#order);
    await this.#verifyAssertions();
    await this.#verifyStarts();
    this.#verifyAttempts();
    const totals = this.#tally.totals();
    if (summary) {
      verifySummary(
        summary,
        totals,
        this.#incomplete.size,
        manifest,
        this.#paths.summary,
        this.#problems,
      );
    }
    await this.#verifySecrets(secrets);

    return {
      ok: this.#problems.count === 0,
      run_id: manifest?.run_id ?? null,
      state,
      counts: {
        instances: totals.total_instances,
        instancesInFlight: this.#order.inFlight,
        steps: totals.total_steps,
        assertions: totals.total_assertions,
        artifacts: tree.artifacts,
        emptyArtifacts: tree.emptyArtifacts,
      },
      problemCount: this.#problems.count,
      problems: this.#problems.kept,
    };
  }

  /** What is read, or `undefined` where it cannot be, which is a problem. */
  async #readable<T>(
    read: (fs: FileSystem, paths: RunPaths) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    try {
      return await read(this.#fs, this.#paths);
    } catch (error) {
      this.#addCorruption(error);
      return undefined;
    }
  }

  #addCorruption(error: unknown): void {
    const isCorruption = error instanceof ArtifactError &&
      (error.code === "CORRUPT_FILE" || error.code === "CORRUPT_LINE");
    if (!isCorruption) throw error;
    this.#problems.add(
      error.code as "CORRUPT_FILE" | "CORRUPT_LINE",
      error.file ?? this.#paths.run,
      error.message,
    );
  }

  #notFinalized(state: RunState): void {
    this.#problems.add(
      "NOT_FINALIZED",
      this.#paths.summary,
      state === "running"
        ? "The run has no summary: it goes on"
        : "The run has no summary: it broke off, and recoverRun() makes it whole",
    );
  }

  async #verifyTails(): Promise<void> {
    for (const file of [...recordFiles(this.#paths), this.#paths.started]) {
      const tail = await this.#readable((fs) => findTornTail(fs, file));
      if (!tail) continue;
      this.#problems.add(
        "TORN_TAIL",
        file,
        `"${file}" ends in the middle of a line: ${tail.bytes} bytes from byte ${tail.offset} on`,
      );
    }
  }

  async #verifyInstances(): Promise<void> {
    const { instances: file } = this.#paths;
    await this.#forEach<InstanceRecord>(
      "instance",
      InstanceRecordSchema,
      (record) => {
        this.#tally.addInstance(record);
        const { instance_id, correlation_id } = record;
        if (this.#order.addInstance(instance_id, correlation_id)) return;
        this.#problems.add(
          "INSTANCE_REPEATED",
          file,
          `Instance "${instance_id}" has more than one line`,
          instance_id,
        );
      },
    );
  }

  async #verifySteps(tree: ArtifactTree): Promise<void> {
    const { steps: file } = this.#paths;
    await this.#forEach<StepRecord>(
      "step",
      StepRecordSchema,
      (record) => {
        this.#tally.addStep(record);
        const { instance_id, correlation_id, step_index } = record;
        if (this.#order.addStep(instance_id, correlation_id, step_index)) {
          return;
        }
        this.#problems.add(
          "STEP_REPEATED",
          file,
          `Instance "${instance_id}" has step_index ${step_index} more than once`,
          instance_id,
        );
      },
      (records) => tree.verify(records, this.#order),
    );
    if (this.#order.isLost) {
      this.#problems.add(
        "STEP_MISSING",
        file,
        `The steps of instances are too far out of order to tell whether one is missing: more than ${EARLY_STEPS_MAX} of them came early`,
      );
    }
    for (const { instance_id, step_index } of this.#order.gaps()) {
      this.#problems.add(
        "STEP_MISSING",
        file,
        `Instance "${instance_id}" has later steps, and none with step_index ${step_index}`,
        instance_id,
      );
    }
  }

  async #verifyAssertions(): Promise<void> {
    const { assertions: file } = this.#paths;
    await this.#forEach<AssertionRecord>(
      "assertion",
      AssertionRecordSchema,
      (record) => {
        this.#tally.addAssertion(record);
        const { instance_id, correlation_id, step_index } = record;
        if (this.#order.addAssertion(instance_id, correlation_id, step_index)) {
          return;
        }
        this.#problems.add(
          "STEP_UNKNOWN",
          file,
          `Assertion "${record.assertion_name}" of instance "${instance_id}" judges step_index ${step_index}, which that instance does not have`,
          instance_id,
        );
      },
    );
  }

  async #verifyStarts(): Promise<void> {
    const { started } = this.#paths;
    if (!await readGuard(started, () => this.#fs.stat(started))) return;
    await this.#forEach<StartRecord>(
      "start",
      StartRecordSchema,
      ({ instance_id }) => {
        if (!this.#order.isCompleted(instance_id)) {
          this.#incomplete.add(instance_id);
        }
      },
    );
  }

  /** Only records that fit the schema are looked at further. */
  async #forEach<R extends RecordIds>(
    kind: RecordKind,
    schema: v.GenericSchema,
    look: (record: R) => void,
    lookAtAll: (records: R[]) => Promise<void> = () => Promise.resolve(),
  ): Promise<void> {
    const lines = linesOf(this.#paths, kind);
    const blocks = recordBlocks<R>(this.#fs, {
      ...lines,
      onBadLine: (describe) => {
        if (this.#problems.areKept) this.#addCorruption(describe());
        else this.#problems.count++;
      },
    });
    try {
      for await (const records of blocks) {
        const good = records.filter((record) =>
          this.#fits(lines.file, schema, record)
        );
        for (const record of good) look(record);
        await lookAtAll(good);
      }
    } catch (error) {
      this.#addCorruption(error);
    }
  }

  #fits(
    file: string,
    schema: v.GenericSchema,
    record: RecordIds,
  ): boolean {
    const { instance_id, run_id } = record;
    const issue = firstIssue(schema, record, { unknownFields: "keep" });
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
        `A record of instance "${instance_id}" is of run "${run_id}", not of "${this.#manifest.run_id}"`,
        instance_id,
      );
    }
    return issue === undefined;
  }

  /** An instance has one correlation id, or one for each time it was attempted. */
  #verifyAttempts(): void {
    if (!this.#manifest) return;
    const { nonce } = this.#manifest;
    for (const several of this.#order.severalAttempts()) {
      const { instance_id, correlationIds } = several;
      const attempts = correlationIds.length + 1;
      const isOne = (attempt: number) => {
        const { correlation_id } = correlate(nonce, instance_id, attempt);
        return this.#order.isMain(instance_id, correlation_id) ||
          (!this.#order.isCompleted(instance_id) &&
            correlationIds.includes(correlation_id));
      };
      // The latest has the number of attempts in it; ids of a runner's own do
      // not tell.
      const isDerived = Array.from({ length: attempts }, (_, i) => i + 1)
        .some(isOne);
      if (isOne(attempts) || !isDerived) continue;
      this.#problems.add(
        "CORRELATION_ID_MISMATCH",
        this.#paths.steps,
        `Records of instance "${instance_id}" have ${attempts} correlation ids, and it was not attempted as often: one is "${
          correlationIds[0]
        }"`,
        instance_id,
      );
    }
  }

  async #verifySecrets(secrets: Secrets): Promise<void> {
    const found = scanSecrets(this.#fs, this.#paths.run, secrets);
    for await (const { name, form, file, offset } of found) {
      const place = offset === null
        ? "in the name of an entry"
        : `at byte ${offset}`;
      this.#problems.add(
        "SECRET_FOUND",
        file,
        `"${file}" has the secret ${
          JSON.stringify(name)
        }, ${form}, ${place}: whoever gets the run gets it`,
      );
    }
  }
}
