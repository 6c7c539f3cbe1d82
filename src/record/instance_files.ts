/**
 * The files of one instance, and its records in order behind them.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { artifactPath, largeValueName } from "../format/layout.ts";
import { caseFolded, isSafeName } from "../format/names.ts";
import type { RecordIds } from "../format/record_kind.ts";
import { SecretNumbers } from "../redact/secret_numbers.ts";
import {
  type ArtifactData,
  prepareArtifact,
  type PreparedArtifact,
  prepareStepArtifact,
} from "./artifact_content.ts";
import { invalidRecord, type RecordPlace } from "./invalid_record.ts";
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
  #dir: Promise<void> | undefined;
  readonly #secrets = new SecretNumbers();
  /** Files that were made of values too large for their lines. */
  #largeValues = 0;

  /** Makes none yet: the directory comes with the first file. */
  constructor(run: RunContext, instance_id: string) {
    this.#run = run;
    this.#instance_id = instance_id;
    this.#writes = new OrderedWrites(run);
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
   * The paths of a step's files.
   *
   * @param others Paths that `artifact()` gave.
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  paths(
    files: readonly PreparedArtifact[],
    others: readonly string[] | undefined,
  ): string[] {
    const paths = files.map(({ name }) =>
      artifactPath(this.#instance_id, name)
    );
    if (others === undefined) return paths;
    if (!Array.isArray(others)) {
      throw invalidRecord("step", {
        path: "artifacts",
        message: "must be an array of paths",
      });
    }
    for (const path of others) {
      if (!isPathOf(this.#instance_id, path)) {
        throw invalidRecord("step", {
          path: "artifacts",
          message:
            `must hold paths that artifact() of "${this.#instance_id}" gave, not ${
              typeof path === "string"
                ? JSON.stringify(path)
                : `a ${typeof path}`
            }`,
        });
      }
      paths.push(path);
    }
    return paths;
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
    return await artifacts.write(this.#instance_id, file);
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

function isPathOf(instance_id: string, path: string): boolean {
  const prefix = artifactPath(instance_id, "");
  return typeof path === "string" && path.startsWith(prefix) &&
    isSafeName(path.slice(prefix.length));
}
