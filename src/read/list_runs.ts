/**
 * The runs of a directory.
 *
 * @module
 */
import { join } from "@std/path/join";
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { assertOptions } from "../check/options.ts";
import {
  openRun,
  type OpenRunOptions,
  OpenRunOptionsSchema,
} from "./open_run.ts";
import type { RunReader } from "./run_reader.ts";
import { fileSystemOf } from "../adapters/mod.ts";

/** Each waits for the disk some ten times. */
const OPENED_AT_ONCE = 16;

/** A directory among the runs: a run, or why it cannot be opened. */
export type ListedRun =
  | {
    /** Path of the directory. */
    path: string;
    /** The run, opened. */
    run: RunReader;
    /** Nothing is wrong. */
    error: null;
  }
  | {
    /** Path of the directory. */
    path: string;
    /** It cannot be opened. */
    run: null;
    /** Why: `RUN_NOT_FOUND` for a directory that is not a run, or what is broken. */
    error: ArtifactError;
  };

/**
 * Opens the runs of a directory, some at a time, and returns them in the order of
 * their names. A directory that is not a run, or a broken one, is returned with its
 * error and hides no other; files are skipped.
 *
 * @example
 * ```ts
 * import { createRun, listRuns } from "@windtunnel/artifacts";
 *
 * await (await createRun({ sut_name: "ecommerce" })).finalize();
 * for await (const { path, run, error } of listRuns("runs")) {
 *   if (run) console.log(path, run.state, run.summary?.pass_rate);
 *   else console.log(path, error.message);
 * }
 * ```
 *
 * @param dir Directory of the runs.
 * @throws {ArtifactError} `READ_FAILED` where the directory cannot be listed.
 */
export async function* listRuns(
  dir: string,
  options: OpenRunOptions = {},
): AsyncGenerator<ListedRun, void, void> {
  assertOptions("listRuns", OpenRunOptionsSchema, options);
  const fs = await fileSystemOf(options.fs);
  const names = await readGuard(dir, () => directoriesIn(fs, dir));
  names.sort();
  for (let at = 0; at < names.length; at += OPENED_AT_ONCE) {
    const some = names.slice(at, at + OPENED_AT_ONCE);
    yield* await Promise.all(
      some.map((name) => listed(join(dir, name), { ...options, fs })),
    );
  }
}

async function listed(
  path: string,
  options: OpenRunOptions,
): Promise<ListedRun> {
  try {
    return { path, run: await openRun(path, options), error: null };
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return { path, run: null, error };
  }
}

async function directoriesIn(fs: FileSystem, dir: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name, isDirectory } of fs.list(dir)) {
    if (isDirectory) names.push(name);
  }
  return names;
}
