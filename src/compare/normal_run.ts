/**
 * Reads a run in its normal form, for `compareRuns` and `fingerprintRun`.
 *
 * @module
 */
import { join } from "@std/path/join";
import {
  type Attempts,
  LineParser,
  linesOf,
  readAttempts,
  recordBlocks,
} from "../read/internal.ts";
import type { DirectoryEntry, ReadHandle } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { readFully } from "../storage/read_file.ts";
import {
  isSystemFile,
  movedFrom,
  type RunPaths,
  runPaths,
  stepFileNumber,
} from "../format/layout.ts";
import { NormalForm, type NormalSummary } from "./normal_form.ts";
import {
  type Lined,
  type LinedKind,
  normalForm,
  NormalLines,
  type ReadLine,
} from "./normal_lines.ts";
import { HashSum } from "./tree_hash.ts";
import type { InstanceRecord, Manifest } from "../format/records.ts";
import { countsOfScenarios } from "../format/tally.ts";
import type { RunReader } from "../read/mod.ts";

/** A line of a run: its place, and the hash of its normal form. */
export class NormalLine implements Place {
  /** What its instance is called. */
  readonly name: string;
  /** Its `step_index`. */
  readonly step_index: number | null;
  /** Its `step_name` or `assertion_name`. */
  readonly recordName: string;
  /** Number of the line in the file, from 1. */
  readonly number: number;
  /** Byte offset in the file. */
  readonly offset: number;
  /** Bytes without the newline. */
  readonly length: number;
  readonly #a: number;
  readonly #b: number;
  readonly #c: number;
  readonly #d: number;

  /** Keeps what was read, which has a name. */
  constructor(line: ReadLine & { recordName: string }) {
    this.name = line.name!;
    this.step_index = line.step_index;
    this.recordName = line.recordName;
    this.number = line.number;
    this.offset = line.offset;
    this.length = line.length;
    const { hash } = line;
    this.#a = hash[0]!;
    this.#b = hash[1]!;
    this.#c = hash[2]!;
    this.#d = hash[3]!;
  }

  /** Whether another line has the same normal form. */
  equals(other: NormalLine): boolean {
    return this.#a === other.#a && this.#b === other.#b &&
      this.#c === other.#c && this.#d === other.#d;
  }
}

/** Where a line stands in its file. */
type Place = Pick<ReadLine, "number" | "offset" | "length">;

/** Reads the lines of a kind again that differ; there may be none. */
export class FormReader<R extends Lined> {
  readonly #run: NormalRun;
  readonly #kind: LinedKind;
  #handle: ReadHandle | undefined;

  /** Opens nothing yet. */
  constructor(run: NormalRun, kind: LinedKind) {
    this.#run = run;
    this.#kind = kind;
  }

  /** Returns the normal form of a line. */
  async read(line: Place): Promise<NormalForm<R>> {
    this.#handle ??= await this.#run.openFile(this.#kind);
    return await this.#run.readForm<R>(this.#kind, this.#handle, line);
  }

  /** Closes the file. */
  async close(): Promise<void> {
    await this.#handle?.close();
  }
}

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
  readonly #abandoned = { steps: 0, failedSteps: 0, passed: 0, failed: 0 };

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

  /**
   * Reads the lines of a kind, of the attempts that count, a block at a time.
   *
   * @param onLine Called for each of them, also where its instance is omitted.
   */
  async *lines(
    kind: LinedKind,
    onLine: (line: NormalLines) => void = () => {},
  ): AsyncGenerator<NormalLine[]> {
    const reading = await this.#open(kind);
    try {
      while (await reading.nextBlock()) {
        const lines: NormalLine[] = [];
        while (reading.nextLine()) {
          if (!this.#counts(kind, reading)) continue;
          onLine(reading);
          if (reading.name !== undefined) lines.push(new NormalLine(reading));
        }
        yield lines;
      }
    } finally {
      await reading.close();
    }
  }

  /** Adds up the hashes of all lines of a kind, of the attempts that count. */
  async sumOfLines(kind: LinedKind): Promise<string> {
    const sum = new HashSum();
    const reading = await this.#open(kind);
    try {
      while (await reading.nextBlock()) {
        while (reading.nextLine()) {
          if (!this.#counts(kind, reading)) continue;
          if (reading.name !== undefined) sum.add(reading.hash);
        }
      }
    } finally {
      await reading.close();
    }
    return sum.toString();
  }

  /**
   * Opens the file of a kind, to read lines of it again.
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  openFile(kind: LinedKind): Promise<ReadHandle> {
    const { file } = linesOf(this.#paths, kind);
    return readGuard(file, () => this.#run.fs.openRead(file));
  }

  /**
   * Returns the normal form of a line.
   *
   * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
   */
  async readForm<R extends Lined>(
    kind: LinedKind,
    handle: ReadHandle,
    { number, offset, length }: Place,
  ): Promise<NormalForm<R>> {
    const lines = linesOf(this.#paths, kind);
    const bytes = await readGuard(
      lines.file,
      () => readFully(handle, new Uint8Array(length), offset),
    );
    const parser = new LineParser<R>(lines);
    return normalForm(parser.parseLine(bytes, number, offset), this.#nameOf);
  }

  /** The summary without the abandoned attempts. Call it after reading all. */
  summary(): NormalForm<NormalSummary> | null {
    const { summary } = this.#run;
    if (!summary) return null;
    const { steps, failedSteps, passed, failed } = this.#abandoned;
    return new NormalForm({
      ...summary,
      scenarios: countsOfScenarios(summary),
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

  /** Returns the file names of an instance, save those that count with a step. */
  async artifactNames(instance_id: string): Promise<Set<string>> {
    const names = new Set<string>();
    const dir = join(this.#paths.artifacts, instance_id);
    for await (const { name, isDirectory } of this.#list(dir)) {
      const isCounted = stepFileNumber(name) !== undefined;
      if (!isDirectory && !isSystemFile(name) && !isCounted) names.add(name);
    }
    return names;
  }

  #open(kind: LinedKind): Promise<NormalLines> {
    return NormalLines.open(this.#run.fs, this.#paths, kind, {
      // An instance is its own attempt.
      counts: (ids) => kind === "instance" || this.#attempts.counts(ids),
      nameOf: this.#nameOf,
    });
  }

  /** Whether a line is of the attempt that counts; counts those that are not. */
  #counts(kind: LinedKind, line: ReadLine): boolean {
    if (line.isCounted) return true;
    if (kind === "step") {
      this.#abandoned.steps++;
      if (line.isNotOk) this.#abandoned.failedSteps++;
    } else if (line.passed) this.#abandoned.passed++;
    else this.#abandoned.failed++;
    return false;
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
