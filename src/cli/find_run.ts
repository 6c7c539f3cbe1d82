/**
 * Finds a run by its path, by its id, or as `latest`.
 *
 * @module
 */
import { lstat, readdir, readFile, stat } from "node:fs/promises";
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import { openRun } from "../../mod.ts";
import { ArtifactError, messageOf, systemCode } from "../errors.ts";
import {
  isTooComplex,
  PARSED_DOCUMENT_BYTES_MAX,
} from "../json/parsed_size.ts";
import { commandLine, dirOptions } from "./advice.ts";
import { CliError } from "./exit_codes.ts";
import { didYouMean } from "./suggest.ts";

/** Stands for the run that was started last. */
export const LATEST = "latest";
const MANIFEST = "manifest.json";
/** A larger manifest is not read to find the latest run. */
const MANIFEST_BYTES_MAX = 32 * 1024 * 1024;

/** A run that was found. */
export interface FoundRun {
  /** Its directory. */
  path: string;
  /** Its name for other commands; it stays the same when a newer run is added. */
  name: string;
}

/**
 * Finds a run.
 *
 * @param name A path, an id of a run in `dir`, or {@linkcode LATEST}.
 * @throws {CliError} where there is none, with the closest name.
 */
export async function findRun(name: string, dir: string): Promise<FoundRun> {
  const candidates = [name, join(dir, name)];
  for (const path of candidates) {
    if (await exists(join(path, MANIFEST))) return { path, name };
  }
  const ids = await directoriesIn(dir);
  if (name === LATEST) {
    const path = await latestOf(ids.map((id) => join(dir, id)));
    if (path !== undefined) return { path, name: basename(path) };
  }
  // A directory without a manifest: `openRun` reports what is wrong.
  for (const path of candidates) {
    if (await isDirectory(path)) return { path, name };
  }
  const elsewhere =
    "Give the directory of the runs with --dir, or the path of a run";
  if (name === LATEST) {
    throw new CliError(`Cannot find a run: "${dir}" has none`, elsewhere);
  }
  throw new CliError(
    `Cannot find the run "${name}": neither at that path nor in "${dir}"`,
    ids.length === 0 ? elsewhere : didYouMean(
      name,
      [...ids, LATEST],
      `List the runs: ${commandLine("list", ...dirOptions(dir))}`,
    ),
  );
}

async function exists(path: string): Promise<boolean> {
  return await unlessMissing(path, stat(path)) !== undefined;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await unlessMissing(path, stat(path)))?.isDirectory() ?? false;
}

async function directoriesIn(dir: string): Promise<string[]> {
  const entries = await unlessMissing(
    dir,
    readdir(dir, { withFileTypes: true }),
  );
  return (entries ?? []).filter((entry) => entry.isDirectory())
    .map(({ name }) => name).sort();
}

async function unlessMissing<T>(
  path: string,
  result: Promise<T>,
): Promise<T | undefined> {
  try {
    return await result;
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(systemCode(error) ?? "")) {
      return undefined;
    }
    throw new CliError(
      `Cannot read "${path}": ${messageOf(error)}`,
      "Check the path and its permissions",
    );
  }
}

/** The run that was started last; of two in one millisecond the last by name. */
async function latestOf(paths: string[]): Promise<string | undefined> {
  const runs: { path: string; start: string }[] = [];
  for (const path of paths) {
    const start = await startOf(path);
    if (start !== undefined) runs.push({ path, start });
  }
  // Stable: runs of one millisecond stay in the order of their names.
  runs.sort((a, b) => a.start === b.start ? 0 : a.start < b.start ? -1 : 1);
  for (const { path } of runs.reverse()) {
    if (await hasManifest(path)) return path;
  }
  return undefined;
}

/** Whether the manifest can be read; the rest of the run may be damaged. */
async function hasManifest(path: string): Promise<boolean> {
  try {
    await openRun(path);
    return true;
  } catch (error) {
    if (!(error instanceof ArtifactError)) throw error;
    return basename(error.file ?? MANIFEST) !== MANIFEST;
  }
}

/** When a run was started; undefined for a directory that is not a run. */
async function startOf(run: string): Promise<string | undefined> {
  const file = join(run, MANIFEST);
  try {
    // Opening a pipe would wait for its writer.
    const info = await lstat(file);
    if (!info.isFile() || info.size > MANIFEST_BYTES_MAX) return undefined;
    const bytes = await readFile(file);
    if (isTooComplex(bytes, PARSED_DOCUMENT_BYTES_MAX)) return undefined;
    const { timestamp } = JSON.parse(new TextDecoder().decode(bytes));
    return typeof timestamp === "string" ? timestamp : undefined;
  } catch {
    return undefined; // Without a readable manifest it is not the latest run.
  }
}
