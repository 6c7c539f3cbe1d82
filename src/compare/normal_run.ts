/**
 * Reads a run in its normal form, for `compareRuns` and `fingerprintRun`.
 *
 * @module
 */
import { join } from "@std/path/join";
import {
  type Attempts,
  linesOf,
  readAttempts,
  recordBlocks,
  type RecordKind,
} from "../read/internal.ts";
import type { DirectoryEntry } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import {
  artifactPath,
  isSystemFile,
  movedFrom,
  type RunPaths,
  runPaths,
} from "../format/layout.ts";
import type { RecordIds } from "../format/record_kind.ts";
import { NormalForm } from "./normal_form.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StepRecord,
  Summary,
} from "../format/records.ts";
import type { RunReader } from "../read/mod.ts";

/**
 * A run without volatile fields and without abandoned attempts, so that a run
 * that was interrupted and resumed equals one that was not.
 */
export class NormalRun {
  readonly #run: RunReader;
  readonly #paths: RunPaths;
  readonly #attempts: Attempts;
  #nameOf: (instance_id: string) => string | undefined = (id) => id;
  /** Lines of abandoned attempts that were skipped. */
  readonly #abandoned = {
    steps: 0,
    failedSteps: 0,
    passed: 0,
    failed: 0,
  };

  private constructor(run: RunReader, attempts: Attempts) {
    this.#run = run;
    this.#paths = runPaths(run.path);
    this.#attempts = attempts;
  }

  /** @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED` */
  static async open(run: RunReader): Promise<NormalRun> {
    const paths = runPaths(run.path);
    return new NormalRun(
      run,
      await readAttempts(run.fs, paths, run.manifest),
    );
  }

  /**
   * Renames the instances, also in the paths of their files, and omits those
   * without a name.
   */
  rename(nameOf: (instance_id: string) => string | undefined): void {
    this.#nameOf = nameOf;
  }

  /** Reads the instances as they were recorded, a block at a time. */
  recordedInstances(): AsyncGenerator<InstanceRecord[]> {
    return recordBlocks(this.#run.fs, linesOf(this.#paths, "instance"));
  }

  /** Returns the manifest. */
  manifest(): NormalForm<Manifest> {
    return new NormalForm(this.#run.manifest);
  }

  /** Reads the instances, a block at a time. */
  instances(): AsyncGenerator<NormalForm<InstanceRecord>[]> {
    return this.#lines("instance", () => true);
  }

  /**
   * Reads the steps of the attempts that count, a block at a time.
   *
   * @param onRecord Called for each of them, also where its instance is omitted.
   */
  steps(
    onRecord: (record: StepRecord) => void = () => {},
  ): AsyncGenerator<NormalForm<StepRecord>[]> {
    return this.#lines<StepRecord>(
      "step",
      (record) => {
        if (this.#attempts.counts(record)) {
          onRecord(record);
          return true;
        }
        this.#abandoned.steps++;
        if (record.observation.ok === false) this.#abandoned.failedSteps++;
        return false;
      },
    );
  }

  /** Reads the assertions of the attempts that count, a block at a time. */
  assertions(): AsyncGenerator<NormalForm<AssertionRecord>[]> {
    return this.#lines<AssertionRecord>(
      "assertion",
      (record) => {
        if (this.#attempts.counts(record)) return true;
        if (record.passed) this.#abandoned.passed++;
        else this.#abandoned.failed++;
        return false;
      },
    );
  }

  /**
   * The summary without the abandoned attempts; null where there is none. Call
   * it after reading steps and assertions.
   */
  summary(): NormalForm<Summary> | null {
    const { summary } = this.#run;
    if (!summary) return null;
    const { steps, failedSteps, passed, failed } = this.#abandoned;
    return new NormalForm({
      ...summary,
      total_steps: summary.total_steps - steps,
      failed_steps: summary.failed_steps - failedSteps,
      total_assertions: summary.total_assertions - passed - failed,
      assertions_passed: summary.assertions_passed - passed,
      assertions_failed: summary.assertions_failed - failed,
    });
  }

  /** Number of skipped lines. Call it after reading steps and assertions. */
  abandonedCount(): number {
    const { steps, passed, failed } = this.#abandoned;
    return steps + passed + failed;
  }

  /** Iterates over the names of instance directories, in no order. */
  async *artifactDirs(): AsyncGenerator<string> {
    for await (const entry of this.#list(this.#paths.artifacts)) {
      if (entry.isDirectory && !this.#isAbandoned(entry.name)) yield entry.name;
    }
  }

  /** Returns the file names of an instance; none where it has no directory. */
  async artifactNames(instance_id: string): Promise<Set<string>> {
    const names = new Set<string>();
    const dir = join(this.#paths.artifacts, instance_id);
    for await (const { name, isDirectory } of this.#list(dir)) {
      if (!isDirectory && !isSystemFile(name)) names.add(name);
    }
    return names;
  }

  async *#lines<R extends InstanceRecord | StepRecord | AssertionRecord>(
    kind: RecordKind,
    counts: (record: R) => boolean,
  ): AsyncGenerator<NormalForm<R>[]> {
    const blocks = recordBlocks<R>(this.#run.fs, {
      ...linesOf(this.#paths, kind),
      accept: counts,
    });
    for await (const records of blocks) {
      const lines: NormalForm<R>[] = [];
      for (const given of records) {
        const name = this.#nameOf(given.instance_id);
        if (name === undefined) continue;
        const record = name === given.instance_id
          ? given
          : renamed(given, name, this.#nameOf);
        lines.push(new NormalForm(record));
      }
      yield lines;
    }
  }

  /** Whether a directory has files that `resumeRun` moved: `inst_004~1`. */
  #isAbandoned(dir: string): boolean {
    return movedFrom(dir) !== undefined && !this.#attempts.completed.has(dir);
  }

  async *#list(dir: string): AsyncGenerator<DirectoryEntry> {
    const { fs } = this.#run;
    const info = await readGuard(dir, () => fs.stat(dir));
    if (!info?.isDirectory) return;
    const entries = fs.list(dir)[Symbol.asyncIterator]();
    for (;;) {
      const { done, value } = await readGuard(dir, () => entries.next());
      if (done) return;
      yield value;
    }
  }
}

/** A record of an instance under another name, with the paths of its files. */
function renamed<R extends InstanceRecord | StepRecord | AssertionRecord>(
  record: R,
  name: string,
  nameOf: (instance_id: string) => string | undefined,
): R {
  const { instance_id, artifacts, retry_of } = record as
    & RecordIds
    & Partial<StepRecord & InstanceRecord>;
  const own = artifactPath(instance_id, "");
  return {
    ...record,
    instance_id: name,
    ...(artifacts && {
      artifacts: artifacts.map((path) =>
        path.startsWith(own) ? artifactPath(name, path.slice(own.length)) : path
      ),
    }),
    ...(retry_of && { retry_of: nameOf(retry_of) ?? retry_of }),
  };
}
