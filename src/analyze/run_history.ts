/**
 * Compares the verdicts of instances over the runs of a directory.
 *
 * @module
 */
import * as v from "valibot";
import {
  assertOptions,
  assertPath,
  wholeNumberOption,
} from "../check/options.ts";
import { ArtifactError } from "../errors.ts";
import type { RunTotals } from "../format/tally.ts";
import type { RunReader, RunState } from "../read/mod.ts";
import { analyzeRun } from "./analyze_run.ts";
import { KeyHistories, type KeyHistory } from "./key_history.ts";

const RUNS_DEFAULT = 100;
const RUNS_MAX = 10_000;

/** Options of {@linkcode runHistory}. */
export interface RunHistoryOptions {
  /** The newest runs, at most so many of up to 10,000. Default: 100. */
  limit?: number;
  /** Called after each run that was read, to report progress. */
  onRun?: () => void;
}

const RunHistoryOptionsSchema: v.GenericSchema<RunHistoryOptions> = v
  .strictObject({
    limit: v.optional(wholeNumberOption(1, RUNS_MAX)),
    onRun: v.optional(
      v.custom<() => void>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
  });

/** A run in a {@linkcode RunHistory}. */
export interface HistoryRun {
  /** Its id. */
  run_id: string;
  /** Its directory. */
  path: string;
  /** Whether it was completed. */
  state: RunState;
  /** When it was started. */
  timestamp: string;
  /** Number of instances that completed, by the last attempt at each. */
  instances: number;
  /** Number of those that failed. */
  failed: number;
  /** Number of those that passed after an attempt that had failed. */
  flaky: number;
  /** Percentage of those with a verdict that passed; null where none has one. */
  passRate: number | null;
  /** The 95th percentile of the latencies of its steps, within 1 %; null for none. */
  p95Ms: number | null;
}

/** What {@linkcode runHistory} found. */
export interface RunHistory {
  /** The runs, the oldest first. */
  runs: HistoryRun[];
  /** Older runs, which were not read. */
  olderRuns: number;
  /**
   * The keys that failed in any of the runs: first those that fail now, those that
   * began last in front; then flaky ones; then those that pass again. At most
   * 10,000.
   */
  keys: KeyHistory[];
  /** Whether more keys failed than are listed. */
  isCut: boolean;
  /** Runs that cannot be read, and why: they are in no list. */
  unreadable: { path: string; message: string }[];
}

/**
 * Reads the runs of a directory and returns their pass rates and latencies, and
 * since which run each failing instance fails. Instances of several runs are
 * matched by scenario and `instance_key`, or, without a key, by scenario and the
 * instance id of the first attempt. The last attempt in a run counts.
 *
 * Totals are taken from the summary of a run where it has one; verdicts are read
 * from its instances. All instances are read twice; memory grows with the number
 * of keys that failed and the number of runs, not with the instances that passed.
 *
 * @param dir Directory of the runs.
 * @throws {ArtifactError} `INVALID_OPTION`; `READ_FAILED` where the directory
 * cannot be listed
 *
 * @example
 * ```ts
 * import { createRun, runHistory } from "@windtunnel/artifacts";
 *
 * for (const total of [12, 12, 11]) {
 *   const run = await createRun({ sut_name: "ecommerce" });
 *   const input = { scenario_id: "checkout", instance_key: "user-7" };
 *   await run.instance(input, (instance) => {
 *     instance.assert("total", total === 12, { actual: total });
 *   });
 *   await run.finalize();
 * }
 *
 * const { runs, keys } = await runHistory("runs");
 * console.log(runs.map(({ passRate }) => passRate)); // [ 100, 100, 0 ]
 * for (const { instance_key, lastPassed, failsSince } of keys) {
 *   console.log(instance_key, lastPassed === 1, failsSince === 2); // user-7 true true
 * }
 * ```
 */
export async function runHistory(
  dir: string,
  options: RunHistoryOptions = {},
): Promise<RunHistory> {
  assertPath("runHistory", dir);
  assertOptions("runHistory", RunHistoryOptionsSchema, options);
  const { limit = RUNS_DEFAULT, onRun = () => {} } = options;
  const { found, unreadable } = await findRuns(dir);
  const some = found.slice(-limit);
  const keys = new KeyHistories();
  const runs: HistoryRun[] = [];
  for (const { path } of some) {
    try {
      const run = await reopen(path);
      const failures = await keys.failuresOf(run);
      runs.push(historyRun(run, await totalsOf(run)));
      keys.want(failures);
    } catch (error) {
      unreadable.push({ path, message: damageOf(error) });
    }
    onRun();
  }
  for (const [index, { path }] of runs.entries()) {
    await keys.note(await reopen(path), index);
    onRun();
  }
  return {
    runs,
    olderRuns: found.length - some.length,
    keys: keys.list(),
    isCut: keys.isCut,
    unreadable,
  };
}

/** The runs of a directory, the oldest first; what cannot be opened. */
async function findRuns(dir: string): Promise<{
  found: { path: string; timestamp: string }[];
  unreadable: RunHistory["unreadable"];
}> {
  // Loaded here: the other functions need no more than an opened run.
  const { listRuns } = await import("../read/mod.ts");
  const found: { path: string; timestamp: string }[] = [];
  const unreadable: RunHistory["unreadable"] = [];
  for await (const { path, run, error } of listRuns(dir)) {
    if (run) found.push({ path, timestamp: run.manifest.timestamp });
    else if (error.code !== "RUN_NOT_FOUND") {
      unreadable.push({ path, message: error.message });
    }
  }
  // Stable: runs of one millisecond stay in the order of their names.
  found.sort((a, b) =>
    a.timestamp === b.timestamp ? 0 : a.timestamp < b.timestamp ? -1 : 1
  );
  return { found, unreadable };
}

async function reopen(path: string): Promise<RunReader> {
  const { openRun } = await import("../read/mod.ts");
  return await openRun(path);
}

async function totalsOf(
  run: RunReader,
): Promise<Omit<RunTotals, "scenarios">> {
  return run.summary ?? (await analyzeRun(run)).totals;
}

function historyRun(
  run: RunReader,
  totals: Omit<RunTotals, "scenarios">,
): HistoryRun {
  const { total_instances, pass_count, fail_count, flaky_count } = totals;
  const judged = pass_count + fail_count;
  return {
    run_id: run.run_id,
    path: run.path,
    state: run.state,
    timestamp: run.manifest.timestamp,
    instances: total_instances,
    failed: fail_count,
    flaky: flaky_count,
    passRate: judged === 0 ? null : 100 * pass_count / judged,
    p95Ms: totals.p95_latency_ms,
  };
}

/** The message of damage; anything else is thrown again. */
function damageOf(error: unknown): string {
  if (error instanceof ArtifactError) return error.message;
  throw error;
}
