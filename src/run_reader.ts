/**
 * A run that is read back: the one owner of what counts as there.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { ArtifactFile, listArtifacts } from "./artifact_file.ts";
import { ArtifactError } from "./errors.ts";
import type { FileSystem } from "./file_system.ts";
import { firstIssue } from "./jsonl.ts";
import { type RunPaths, runPaths } from "./layout.ts";
import { findTornTail, readGuard, type TornTail } from "./line_reader.ts";
import { findLocks, type FoundLock } from "./lock.ts";
import { readFile } from "./read_file.ts";
import { recordStream } from "./record_stream.ts";
import {
  type AssertionFilter,
  assertionMatcher,
  type InstanceFilter,
  instanceMatcher,
  type StepFilter,
  stepMatcher,
} from "./filters.ts";
import {
  type AssertionRecord,
  type InstanceRecord,
  type Manifest,
  ManifestSchema,
  type StepRecord,
  type Summary,
  SummarySchema,
} from "./records.ts";
import { runtimeFileSystem } from "./runtime.ts";

/** How {@linkcode openRun} opens. */
export interface OpenRunOptions {
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

/**
 * `"completed"` and `"interrupted"` as the summary says; without one,
 * `"running"` while a writer holds the run, else `"interrupted"`.
 */
export type RunState = "completed" | "interrupted" | "running";

/** Everything that was recorded of one instance. */
export interface InstanceTrace {
  /** Its line; null where it never completed. */
  instance: InstanceRecord | null;
  /** Its steps, in their order. */
  steps: StepRecord[];
  /** Its assertions, in the order in which they were recorded. */
  assertions: AssertionRecord[];
  /** Its artifact files, by name. */
  artifacts: ArtifactFile[];
}

/**
 * Opens a run to read it, finished or not. Takes no lock and writes nothing.
 *
 * @param path The run directory.
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `CORRUPT_FILE`, `UNSUPPORTED_VERSION`,
 * `READ_FAILED`
 *
 * @example
 * ```ts
 * import { openRun } from "@windtunnel/artifacts";
 *
 * const run = await openRun("runs/run_20240115_001");
 * console.log(run.state, run.summary?.pass_rate);
 * for await (const { instance_id, error } of run.instances({ passed: false })) {
 *   console.log(instance_id, error);
 * }
 * ```
 */
export async function openRun(
  path: string,
  options: OpenRunOptions = {},
): Promise<RunReader> {
  const fs = options.fs ?? await runtimeFileSystem();
  const paths = runPaths(path);
  const info = await readGuard(path, () => fs.stat(path));
  if (!info?.isDirectory) throw notFound(path, "there is no such directory");
  if (!await readGuard(paths.manifest, () => fs.stat(paths.manifest))) {
    throw notFound(path, "it has no manifest.json");
  }
  const manifest = await readJson<Manifest>(
    fs,
    paths.manifest,
    ManifestSchema,
  );
  // The lock before the summary: a writer leaves them in the other order.
  const locks = await readGuard(path, () => findLocks(fs, path));
  const writer = locks.find(({ running }) => running !== false) ?? null;
  const has_summary = await readGuard(
    paths.summary,
    () => fs.stat(paths.summary),
  );
  const summary = has_summary
    ? await readJson<Summary>(fs, paths.summary, SummarySchema)
    : null;
  const torn_tails: TornTail[] = [];
  for (const file of [paths.instances, paths.steps, paths.assertions]) {
    const tail = await findTornTail(fs, file);
    if (tail) torn_tails.push(tail);
  }
  const state = summary?.status ??
    (writer ? "running" : "interrupted");
  return new RunReader(fs, paths, {
    manifest,
    summary,
    state,
    writer,
    torn_tails,
  });
}

/** A run to read. Made by `openRun`. */
export class RunReader {
  /** Path of the run directory. */
  readonly path: string;
  /** What was run. */
  readonly manifest: Manifest;
  /** The totals; null where the run was not finalized. */
  readonly summary: Summary | null;
  /** Whether the run was completed, broke off, or is still going on. */
  readonly state: RunState;
  /**
   * The writer of a run that was going on when it was opened, or null. Where its
   * `running` is undefined, this system could not tell whether it has crashed
   * (another machine; Deno without `--allow-run`), and the state is a guess.
   */
  readonly writer: FoundLock | null;
  /**
   * Files that ended in the middle of a line when the run was opened. Streams
   * give the whole lines before. While a run goes on this is no damage.
   */
  readonly torn_tails: TornTail[];

  readonly #fs: FileSystem;
  readonly #paths: RunPaths;

  /**
   * Made by `openRun`.
   * @internal
   */
  constructor(
    fs: FileSystem,
    paths: RunPaths,
    opened: Pick<
      RunReader,
      "manifest" | "summary" | "state" | "writer" | "torn_tails"
    >,
  ) {
    this.#fs = fs;
    this.#paths = paths;
    this.path = paths.run;
    this.manifest = opened.manifest;
    this.summary = opened.summary;
    this.state = opened.state;
    this.writer = opened.writer;
    this.torn_tails = opened.torn_tails;
  }

  /** Id of the run. */
  get run_id(): string {
    return this.manifest.run_id;
  }

  /**
   * The instances that completed, in that order.
   *
   * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `READ_FAILED`
   */
  instances(filter: InstanceFilter = {}): ReadableStream<InstanceRecord> {
    return recordStream(
      this.#fs,
      this.#paths.instances,
      (value) => hasText(value, "instance_id") && hasText(value, "scenario_id"),
      instanceMatcher(filter),
    );
  }

  /**
   * The steps, in the order in which they were recorded.
   *
   * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `READ_FAILED`
   */
  steps(filter: StepFilter = {}): ReadableStream<StepRecord> {
    return recordStream(
      this.#fs,
      this.#paths.steps,
      (value) => hasText(value, "instance_id") && hasText(value, "step_name"),
      stepMatcher(filter),
    );
  }

  /**
   * The assertions, in the order in which they were recorded.
   *
   * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `READ_FAILED`
   */
  assertions(filter: AssertionFilter = {}): ReadableStream<AssertionRecord> {
    return recordStream(
      this.#fs,
      this.#paths.assertions,
      (value) =>
        hasText(value, "instance_id") && hasText(value, "assertion_name"),
      assertionMatcher(filter),
    );
  }

  /**
   * Everything that was recorded of one instance.
   *
   * @throws {ArtifactError} `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `READ_FAILED`
   */
  async instance(instance_id: string): Promise<InstanceTrace> {
    let instance: InstanceRecord | null = null;
    for await (const found of this.instances({ instance_id })) {
      instance = found;
      break;
    }
    const steps = await Array.fromAsync(this.steps({ instance_id }));
    const assertions = await Array.fromAsync(this.assertions({ instance_id }));
    const artifacts = await listArtifacts(this.#fs, this.path, instance_id);
    if (
      !instance && steps.length + assertions.length + artifacts.length === 0
    ) {
      throw new ArtifactError(
        "INSTANCE_NOT_FOUND",
        `Cannot find instance ${
          JSON.stringify(instance_id)
        } in run "${this.run_id}"`,
      );
    }
    steps.sort((a, b) => a.step_index - b.step_index);
    return { instance, steps, assertions, artifacts };
  }
}

async function readJson<T>(
  fs: FileSystem,
  path: string,
  schema: Parameters<typeof firstIssue>[0],
): Promise<T> {
  const bytes = await readGuard(path, () => readFile(fs, path));
  let value: T & { format_version?: unknown };
  try {
    const decoder = new TextDecoder("utf-8", { fatal: true });
    value = JSON.parse(decoder.decode(bytes));
  } catch (error) {
    throw new ArtifactError(
      "CORRUPT_FILE",
      `Cannot read "${path}": it is ${
        bytes.length === 0 ? "empty" : "not JSON"
      }`,
      { file: path, cause: error },
    );
  }
  const version = value?.format_version;
  if (typeof version === "number" && version > 1) {
    throw new ArtifactError(
      "UNSUPPORTED_VERSION",
      `Cannot read "${path}": it has format version ${version}, and this library knows version 1: use a newer one`,
      { file: path },
    );
  }
  const issue = firstIssue(schema, value, { unknown_fields: "keep" });
  if (issue) {
    throw new ArtifactError(
      "CORRUPT_FILE",
      `Cannot read "${path}" as ${
        basename(path)
      } of a run: "${issue.path}" ${issue.message}`,
      { file: path, path: issue.path },
    );
  }
  return value;
}

function notFound(path: string, reason: string): ArtifactError {
  return new ArtifactError(
    "RUN_NOT_FOUND",
    `Cannot open the run at "${path}": ${reason}`,
    { file: path },
  );
}

function hasText(value: unknown, field: string): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as Record<string, unknown>)[field] === "string";
}
