/**
 * Which run somebody means: by its path, by its id, or `latest`.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { FILES, runPaths } from "../format/layout.ts";
import { readManifest } from "../read/internal.ts";
import { runtimeFileSystem } from "../adapters/mod.ts";
import { CliError } from "./exit_codes.ts";
import { commandLine, sameDir } from "./shell.ts";
import { didYouMean } from "./suggest.ts";

/** Stands for the run that was started last. */
export const LATEST = "latest";

/** A run that was found. */
export interface FoundRun {
  /** Its directory. */
  path: string;
  /** What leads to it and to no other, even when another run is the latest. */
  name: string;
}

/**
 * Finds a run.
 *
 * @param name A path, an id of a run in `dir`, or {@linkcode LATEST}.
 * @throws {CliError} where there is none, with the nearest one.
 */
export async function findRun(name: string, dir: string): Promise<FoundRun> {
  const fs = await runtimeFileSystem();
  const candidates = [name, join(dir, name)];
  for (const path of candidates) {
    if (await fs.stat(join(path, FILES.manifest))) return { path, name };
  }
  const ids = await directoriesIn(fs, dir);
  if (name === LATEST) {
    const path = await latestOf(fs, ids.map((id) => join(dir, id)));
    if (path !== undefined) return { path, name: basename(path) };
  }
  // A directory without its manifest: opening it tells what is wrong.
  for (const path of candidates) {
    if ((await fs.stat(path))?.isDirectory) return { path, name };
  }
  const elsewhere =
    "Give the directory of the runs with --dir, or the path of a run";
  if (name === LATEST) {
    throw new CliError(
      `Cannot find a run: there is none in "${dir}"`,
      elsewhere,
    );
  }
  throw new CliError(
    `Cannot find the run "${name}": there is none at that path or in "${dir}"`,
    ids.length === 0 ? elsewhere : didYouMean(
      name,
      [...ids, LATEST],
      `See the runs that there are: ${commandLine("list", ...sameDir(dir))}`,
    ),
  );
}

async function directoriesIn(fs: FileSystem, dir: string): Promise<string[]> {
  const names: string[] = [];
  if (!(await fs.stat(dir))?.isDirectory) return names;
  for await (const { name, isDirectory } of fs.list(dir)) {
    if (isDirectory) names.push(name);
  }
  return names.sort();
}

/** The run that was started last; of two in one millisecond the last by name. */
async function latestOf(
  fs: FileSystem,
  paths: string[],
): Promise<string | undefined> {
  let latest: { path: string; timestamp: string } | undefined;
  for (const path of paths) {
    try {
      const { timestamp } = await readManifest(fs, runPaths(path));
      if (!latest || timestamp >= latest.timestamp) {
        latest = { path, timestamp };
      }
    } catch (error) {
      // What is broken or no run at all is not the latest one.
      if (!(error instanceof ArtifactError)) throw error;
    }
  }
  return latest?.path;
}
