/**
 * The files of one instance, and its records in order behind them.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import {
  artifactPath,
  largeValueName,
  stepFileNumber,
} from "../format/layout.ts";
import type { InstanceRecord, StepRecord } from "../format/records.ts";
import type { MessagePart } from "../format/step_message.ts";
import type { JsonObject } from "../json/value.ts";
import type { NewStep } from "../format/step_record.ts";
import { ArtifactsSum } from "../seal/mod.ts";
import { caseFolded } from "../format/names.ts";
import type { RecordIds } from "../format/record_kind.ts";
import { SecretNumbers } from "../redact/secret_numbers.ts";
import {
  type ArtifactData,
  prepareArtifact,
  type PreparedArtifact,
  prepareStepArtifact,
} from "./artifact_content.ts";
import { HeldFiles } from "./held_files.ts";
import type { RecordPlace } from "./invalid_record.ts";
import { RecordTooLarge, withLargeValuesInFiles } from "./large_values.ts";
import { unawaited } from "./unawaited.ts";
import { OrderedWrites } from "./ordered_writes.ts";
import type { RecordLog } from "./record_log.ts";
import type { RunContext } from "./run_context.ts";

/** Writes the files of one instance. */
export class InstanceFiles {
  readonly #run: RunContext;
  readonly #instance_id: string;
  readonly #names = new Set<string>();
  readonly #writes: OrderedWrites;
  readonly #held: HeldFiles;
  /** Requests and responses in files that may have to go. */
  #unsealed: ArtifactsSum | undefined;
  #dir: Promise<void> | undefined;
  readonly #secrets = new SecretNumbers();
  /** Files that were made of values too large for their lines. */
  #largeValues = 0;

  /** Makes none yet: the directory comes with the first file. */
  constructor(run: RunContext, instance_id: string) {
    this.#run = run;
    this.#instance_id = instance_id;
    this.#writes = new OrderedWrites(run);
    this.#held = new HeldFiles(run.held);
  }

  /** The request and the response of a step as files. */
  ofStep(
    place: RecordPlace & { step_index: number },
    values: { request?: unknown; response?: unknown },
  ): PreparedArtifact[] {
    const { redactor } = this.#run;
    const files: PreparedArtifact[] = [];
    for (const part of ["request", "response"] as const) {
      const value = values[part];
      if (value === undefined) continue;
      files.push(
        prepareStepArtifact(part, value, place, redactor, this.#secrets.mark),
      );
    }
    return files;
  }

  /**
   * Records a step after its request and response, or holds these.
   *
   * @throws {ArtifactError} at once, as `record`: then nothing is held.
   */
  recordStep(
    log: RecordLog<StepRecord>,
    step: NewStep,
    files: PreparedArtifact[],
  ): Promise<void> {
    if (this.#run.requests !== "on-failure" || files.length === 0) {
      return this.record(log, step, "own", files);
    }
    // What is durable with its step must be on the disk before it.
    const isHeld = !this.#run.artifacts.isSynced &&
      this.#held.hasRoomFor(files);
    const acknowledged = this.record(log, step, "own", isHeld ? [] : files);
    // What was refused is neither held nor written; nothing is written yet.
    if (isHeld) this.#held.add(files);
    else this.#unsealed ??= new ArtifactsSum();
    this.#run.held.open.add(this);
    return acknowledged;
  }

  /**
   * Records the instance: after what is held of it where it did not pass; else
   * that is forgotten, and removed where it is on the disk.
   *
   * @throws {ArtifactError} at once, as `record`: then all is held as before.
   */
  recordEnd(
    log: RecordLog<InstanceRecord>,
    instance: InstanceRecord,
  ): Promise<void> {
    const isKept = instance.passed !== true;
    const files = isKept ? [...this.#held.files] : [];
    const acknowledged = this.record(log, instance, "ready", files);
    if (files.length > 0) this.#unsealed ??= new ArtifactsSum();
    this.#held.clear();
    this.#run.held.open.delete(this);
    if (!this.#unsealed) return acknowledged;
    if (isKept) this.#afterWrites(() => this.#seal());
    else {
      // Only now: a crash before leaves an instance that did not complete.
      const { artifacts } = this.#run;
      this.#afterWrites(async () => {
        await acknowledged;
        await artifacts.removeMessages(this.#instance_id);
      });
    }
    return acknowledged;
  }

  /** Writes what is held of an instance that never completes. */
  keepHeld(): void {
    const files = this.#held.files;
    this.#held.clear();
    this.#unsealed ??= new ArtifactsSum();
    this.#afterWrites(async () => {
      for (const file of files) await this.#write(file);
      this.#seal();
    });
  }

  #afterWrites(work: () => void | Promise<void>): void {
    // Its failure is the run's, which `finalize` reports.
    this.#writes.enqueue(0, async () => await work()).catch(() => {});
  }

  #seal(): void {
    this.#run.artifacts.addSeal(this.#unsealed!.seal());
  }

  /** What stands for a request or a response in the line of its step. */
  referenceTo(
    files: readonly PreparedArtifact[],
    part: MessagePart,
  ): JsonObject | undefined {
    const file = files.find(({ name }) => name.endsWith(`_${part}.json`));
    return file && {
      $artifact: artifactPath(this.#instance_id, file.name),
      bytes: sizeOf([file]),
    };
  }

  /**
   * Writes an artifact, after what was recorded before it.
   *
   * @returns Its path relative to the run directory.
   * @throws {ArtifactError} at once: `UNSAFE_NAME`, `INVALID_RECORD`,
   * `ARTIFACT_EXISTS`, `QUEUE_FULL`
   */
  write(
    name: string,
    data: ArtifactData,
    place: RecordPlace,
  ): Promise<string> {
    const { redactor } = this.#run;
    const { mark } = this.#secrets;
    const file = prepareArtifact(name, data, place, redactor, mark);
    const release = this.#claimName(file.name);
    const written = this.#writes.enqueue(
      sizeOf([file]),
      () => this.#write(file),
    );
    written.catch(release);
    return written;
  }

  /**
   * Appends a record after its files, and after what was recorded before it. What
   * is too large for its line goes into files.
   *
   * @throws {ArtifactError} at once: `INVALID_RECORD`, `QUEUE_FULL`,
   * `WRITE_FAILED`
   */
  record<R extends RecordIds>(
    log: RecordLog<R>,
    fields: { [field in keyof R]: unknown },
    source: "own" | "ready",
    files: PreparedArtifact[] = [],
  ): Promise<void> {
    const record = fields as unknown as R; // What it holds is checked there.
    try {
      if (files.length === 0 && this.#writes.isIdle) {
        return log.append(record, source, this.#secrets.mark);
      }
      return this.#recordAfter(log, record, source, files);
    } catch (error) {
      if (!(error instanceof RecordTooLarge)) throw error;
      const large = withLargeValuesInFiles(
        log.kind,
        error.record as R,
        error.bytesMax,
        (content) => this.#largeValueFile(content),
      );
      return this.#recordAfter(log, large.record, "ready", [
        ...files,
        ...large.files,
      ]);
    }
  }

  #recordAfter<R extends RecordIds>(
    log: RecordLog<R>,
    record: R,
    source: "own" | "ready",
    files: PreparedArtifact[],
  ): Promise<void> {
    const { bytes, append } = log.prepare(
      record,
      source,
      this.#secrets.mark,
    );
    const appended = this.#writes.enqueue(bytes + sizeOf(files), async () => {
      for (const file of files) await this.#write(file);
      // In an object, so that the next one need not wait for the disk.
      return { acknowledged: append() };
    });
    return unawaited(appended.then(({ acknowledged }) => acknowledged));
  }

  /** Forgets the secrets of an instance that is complete. */
  forgetSecrets(): void {
    this.#secrets.clear();
  }

  async #write(file: PreparedArtifact): Promise<string> {
    const { artifacts } = this.#run;
    await (this.#dir ??= artifacts.makeInstanceDir(this.#instance_id));
    const isMessage = stepFileNumber(file.name) !== undefined;
    const sum = isMessage ? this.#unsealed : undefined;
    return await artifacts.write(this.#instance_id, file, sum);
  }

  #largeValueFile(
    content: Uint8Array,
  ): { path: string; file: PreparedArtifact } {
    this.#largeValues++;
    const name = largeValueName(this.#largeValues);
    return {
      path: artifactPath(this.#instance_id, name),
      file: { name, content },
    };
  }

  /** Two names that are one elsewhere: the run could not be copied there. */
  #claimName(name: string): () => void {
    const folded = caseFolded(name);
    if (this.#names.has(folded)) {
      throw new ArtifactError(
        "ARTIFACT_EXISTS",
        `Cannot write ${
          JSON.stringify(name)
        }: "${this.#instance_id}" in run "${this.#run.run_id}" has an artifact of that name, or of one that differs in case alone`,
      );
    }
    this.#names.add(folded);
    return () => this.#names.delete(folded);
  }
}

/** What files keep in memory; a stream keeps nothing. */
function sizeOf(files: readonly PreparedArtifact[]): number {
  return files.reduce(
    (sum, { content }) =>
      sum + (ArrayBuffer.isView(content) ? content.length : 0),
    0,
  );
}
