/**
 * Reads a run that was opened.
 *
 * @module
 */
import { assertOptions } from "../check/options.ts";
import type { ArtifactError } from "../errors.ts";
import type { RunPaths } from "../format/layout.ts";
import type {
  AssertionRecord,
  InstanceRecord,
  Manifest,
  StartRecord,
  StepRecord,
  Summary,
} from "../format/records.ts";
import type { FileSystem } from "../storage/file_system.ts";
import type { FoundLock } from "../storage/lock_file.ts";
import type { TornTail } from "../storage/torn_tail.ts";
import { filteredBlocks, type RecordsOfKind } from "./filtered_blocks.ts";
import type { AssertionFilter, InstanceFilter, StepFilter } from "./filters.ts";
import {
  type FollowedRecord,
  type FollowOptions,
  FollowOptionsSchema,
  followRun,
} from "./follow_run.ts";
import { type InstanceTrace, readInstance } from "./instance_trace.ts";
import {
  type ReadLinesOptions,
  ReadLinesOptionsSchema,
} from "./line_parser.ts";
import type { IterableStream } from "./iterable_stream.ts";
import { RecordStream } from "./record_stream.ts";
import type { RunState } from "./run_state.ts";
import { incompleteStarts } from "./started.ts";

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
   * return the whole lines before. While a run goes on this is not damage.
   */
  readonly tornTails: TornTail[];

  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  /** How lines are read where a call does not say. */
  readonly #reading: ReadLinesOptions;

  /**
   * Made by `openRun`.
   * @internal
   */
  constructor(
    fs: FileSystem,
    paths: RunPaths,
    onDamage: ((error: ArtifactError) => void) | undefined,
    opened: Pick<
      RunReader,
      "manifest" | "summary" | "state" | "writer" | "tornTails"
    >,
  ) {
    this.#fs = fs;
    this.#paths = paths;
    this.#reading = onDamage ? { onCorruptLine: onDamage } : {};
    this.path = paths.run;
    this.manifest = opened.manifest;
    this.summary = opened.summary;
    this.state = opened.state;
    this.writer = opened.writer;
    this.tornTails = opened.tornTails;
  }

  /** Id of the run. */
  get run_id(): string {
    return this.manifest.run_id;
  }

  /** The file system that it is read from. */
  get fs(): FileSystem {
    return this.#fs;
  }

  /**
   * The instances that completed, in that order.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("pay", (step) => step.assert("paid", false));
   * });
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * for await (const { instance_id } of past.instances({ passed: false })) {
   *   console.log(instance_id); // inst_001
   * }
   * ```
   *
   * @throws {ArtifactError} `INVALID_OPTION`; in the stream: `CORRUPT_LINE`,
   * `CORRUPT_FILE`, `READ_FAILED`
   */
  instances(
    filter: InstanceFilter = {},
    options: ReadLinesOptions = {},
  ): IterableStream<InstanceRecord> {
    return new RecordStream(this.blocks("instances", filter, options));
  }

  /**
   * The steps, in the order in which they were recorded.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("pay", (step) => step.assert("paid", false));
   * });
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * for await (const { step_name } of past.steps({ step_name: "pay" })) {
   *   console.log(step_name); // pay
   * }
   * ```
   *
   * @throws {ArtifactError} as {@linkcode RunReader.instances}
   */
  steps(
    filter: StepFilter = {},
    options: ReadLinesOptions = {},
  ): IterableStream<StepRecord> {
    return new RecordStream(this.blocks("steps", filter, options));
  }

  /**
   * The assertions, in the order in which they were recorded.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("pay", (step) => step.assert("paid", false));
   * });
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * for await (const { assertion_name } of past.assertions({ passed: false })) {
   *   console.log(assertion_name); // paid
   * }
   * ```
   *
   * @throws {ArtifactError} as {@linkcode RunReader.instances}
   */
  assertions(
    filter: AssertionFilter = {},
    options: ReadLinesOptions = {},
  ): IterableStream<AssertionRecord> {
    return new RecordStream(this.blocks("assertions", filter, options));
  }

  /**
   * The records of one kind as {@linkcode RunReader.steps} gives them, but some
   * hundred at a time: a promise for each record costs up to a third of parsing
   * it. No block is empty. The file is closed at its end, and when the loop is
   * left.
   *
   * @param kind `"instances"`, `"steps"` or `"assertions"`.
   * @throws {ArtifactError} as {@linkcode RunReader.instances}
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * for (const step_name of ["cart", "pay"]) {
   *   await instance.step({ step_name, step_type: "http", observation: {} });
   * }
   * await instance.complete();
   * await run.finalize();
   *
   * let count = 0;
   * for await (const steps of (await openRun(run.path)).blocks("steps")) {
   *   for (const { step_name } of steps) if (step_name === "pay") count++;
   * }
   * console.log(count); // 1
   * ```
   */
  blocks<K extends keyof RecordsOfKind>(
    kind: K,
    filter: RecordsOfKind[K]["filter"] = {},
    options: ReadLinesOptions = {},
  ): AsyncGenerator<RecordsOfKind[K]["record"][]> {
    return filteredBlocks(
      this.#fs,
      this.#paths,
      kind,
      filter,
      options,
      this.#reading,
    );
  }

  /**
   * The instances that were started and did not complete: what was in flight when
   * the run broke off, or is now.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * run.startInstance({ scenario_id: "checkout", entry_data: { user: 7 } });
   * await run.finalize();
   *
   * for await (const { entry_data } of (await openRun(run.path)).started()) {
   *   console.log(entry_data); // { user: 7 }
   * }
   * ```
   *
   * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `CORRUPT_FILE`,
   * `READ_FAILED`
   */
  started(): IterableStream<StartRecord> {
    return new RecordStream(
      incompleteStarts(this.#fs, this.#paths, this.#reading),
    );
  }

  /**
   * Every record of the run, from the first on, and those of a run that goes on
   * soon after they are written: each once, whole, in the order of its file, and
   * an instance after its steps and assertions. Ends when the run has its
   * summary and all was given, or when the signal fires; a run whose writer has
   * crashed is waited for, as it may be recovered or resumed.
   *
   * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `CORRUPT_FILE`,
   * `READ_FAILED`
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const live = await openRun(run.path);
   * const watching = (async () => {
   *   for await (const { kind, record } of live.follow()) {
   *     if (kind === "instance") console.log(record.instance_id, record.passed);
   *   }
   * })();
   * await run.startInstance({ scenario_id: "checkout" }).complete();
   * await run.finalize();
   * await watching; // inst_001 true
   * ```
   */
  follow(options: FollowOptions = {}): IterableStream<FollowedRecord> {
    assertOptions("follow", FollowOptionsSchema, options);
    const { signal, ...reading } = options;
    const ended = new AbortController();
    const records = new RecordStream(
      followRun(this.#fs, this.#paths, { ...reading, signal: ended.signal }),
      () => ended.abort(),
    );
    const stop = () => records.stop();
    signal?.addEventListener("abort", stop, { signal: ended.signal });
    if (signal?.aborted) stop();
    return records;
  }

  /**
   * Reads everything that was recorded of one instance. Lines of others are
   * recognized by their first bytes, so this is fast in a large run too.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * await run.instance({ scenario_id: "checkout" }, async (instance) => {
   *   await instance.step("pay", (step) => step.assert("paid", false));
   * });
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const { instance, steps, assertions } = await past.instance("inst_001");
   * console.log(instance?.passed, steps.length, assertions.length); // false 1 1
   * ```
   *
   * @throws {ArtifactError} `INSTANCE_NOT_FOUND`, `CORRUPT_LINE`, `CORRUPT_FILE`,
   * `READ_FAILED`
   */
  async instance(
    instance_id: string,
    options: ReadLinesOptions = {},
  ): Promise<InstanceTrace> {
    assertOptions("instance", ReadLinesOptionsSchema, options);
    const run = { fs: this.#fs, paths: this.#paths, run_id: this.run_id };
    return await readInstance(run, instance_id, {
      ...this.#reading,
      ...options,
    });
  }
}
