/**
 * A run in its normal form, read as a stream: what `compareRuns` compares and
 * `fingerprintRun` hashes.
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
import { normalDocument, normalRecord } from "./normal_form.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  StepRecord,
} from "../format/records.ts";
import type { RunReader } from "../read/mod.ts";

/** A record, and its normal form. */
export interface NormalLine<R> {
  /** The record as it was read. */
  record: R;
  /** Its normal form. */
  text: string;
}

/**
 * A run without what is volatile and without abandoned attempts, so that one
 * that was interrupted and resumed is like one that went through.
 */
export class NormalRun {
  readonly #run: RunReader;
  readonly #paths: RunPaths;
  readonly #attempts: Attempts;
  #nameOf: (instance_id: string) => string | undefined = (id) => id;
  /** Lines of abandoned attempts that were passed over. */
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
    return new NormalRun(run, await readAttempts(run));
  }

  /**
   * Gives the instances other names, also in the paths of their files; those of
   * which `nameOf` knows none are left out.
   */
  rename(nameOf: (instance_id: string) => string | undefined): void {
    this.#nameOf = nameOf;
  }

  /** The instances as they were recorded, a block at a time. */
  recordedInstances(): AsyncGenerator<InstanceRecord[]> {
    return recordBlocks(this.#run.fs, linesOf(this.#paths, "instance"));
  }

  /** The manifest. */
  manifest(): string {
    return normalDocument(this.#run.manifest);
  }

  /** The instances, a block at a time. */
  instances(): AsyncGenerator<NormalLine<InstanceRecord>[]> {
    return this.#lines("instance", () => true);
  }

  /**
   * The steps of the attempts that count.
   *
   * @param onRecord Called for each of them, also where its instance is left out.
   */
  steps(
    onRecord: (record: StepRecord) => void = () => {},
  ): AsyncGenerator<NormalLine<StepRecord>[]> {
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

  /** The assertions of the attempts that count. */
  assertions(): AsyncGenerator<NormalLine<AssertionRecord>[]> {
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
   * The summary as it would be without the abandoned attempts; null where there
   * is none. Steps and assertions were read before.
   */
  summary(): string | null {
    const { summary } = this.#run;
    if (!summary) return null;
    const { steps, failedSteps, passed, failed } = this.#abandoned;
    return normalDocument({
      ...summary,
      total_steps: summary.total_steps - steps,
      failed_steps: summary.failed_steps - failedSteps,
      total_assertions: summary.total_assertions - passed - failed,
      assertions_passed: summary.assertions_passed - passed,
      assertions_failed: summary.assertions_failed - failed,
    });
  }

  /** Lines that were left out. Steps and assertions were read before. */
  abandonedCount(): number {
    const { steps, passed, failed } = this.#abandoned;
    return steps + passed + failed;
  }

  /** Names of the directories that instances have, in no order. */
  async *artifactDirs(): AsyncGenerator<string> {
    for await (const entry of this.#list(this.#paths.artifacts)) {
      if (entry.isDirectory && !this.#isAbandoned(entry.name)) yield entry.name;
    }
  }

  /** Names of the files in the directory of an instance; none where it has none. */
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
  ): AsyncGenerator<NormalLine<R>[]> {
    const blocks = recordBlocks<R>(this.#run.fs, {
      ...linesOf(this.#paths, kind),
      accept: counts,
    });
    for await (const records of blocks) {
      const lines: NormalLine<R>[] = [];
      for (const given of records) {
        const name = this.#nameOf(given.instance_id);
        if (name === undefined) continue;
        const record = name === given.instance_id
          ? given
          : renamed(given, name, this.#nameOf);
        lines.push({ record, text: normalRecord(record) });
      }
      yield lines;
    }
  }

  /** `inst_004~1`, where `resumeRun` has put the files of a first attempt. */
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
