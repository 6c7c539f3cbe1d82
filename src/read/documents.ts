/**
 * Reads `manifest.json` and `summary.json`.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import type * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { firstIssue } from "../check/validate.ts";
import {
  DOCUMENT_BYTES_MAX,
  type RunPaths,
  runPaths,
} from "../format/layout.ts";
import {
  isTooComplex,
  PARSED_DOCUMENT_BYTES_MAX,
} from "../json/parsed_size.ts";
import { readFile } from "../storage/read_file.ts";
import {
  type Manifest,
  ManifestSchema,
  type Summary,
  SummarySchema,
} from "../format/records.ts";

/**
 * Reads the manifest of a run.
 *
 * @throws {ArtifactError} `RUN_NOT_FOUND`, `CORRUPT_FILE`, `UNSUPPORTED_VERSION`,
 * `READ_FAILED`
 */
export async function readManifest(
  fs: FileSystem,
  paths: RunPaths,
): Promise<Manifest> {
  const info = await readGuard(paths.run, () => fs.stat(paths.run));
  if (!info) throw notFound(paths.run, "there is no such directory");
  if (info.isFile) {
    throw notFound(paths.run, "it is a file: pass the directory of the run");
  }
  const manifest = await readDocument(fs, paths.manifest, ManifestSchema);
  if (!manifest) {
    const run = await readGuard(paths.run, () => runInside(fs, paths.run));
    const advice = run === undefined
      ? ""
      : `, but runs are in it: pass "${run}", or list them with listRuns()`;
    throw notFound(paths.run, `it has no manifest.json${advice}`);
  }
  return manifest;
}

/**
 * The permissions of a run: those of its manifest, whose content is all over it;
 * undefined where the system has none. What is made of a run has them too.
 *
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function runPermissions(
  fs: FileSystem,
  { manifest }: RunPaths,
): Promise<number | undefined> {
  return (await readGuard(manifest, () => fs.stat(manifest)))?.permissions;
}

/**
 * Reads the summary of a run; null where it has none.
 *
 * @throws {ArtifactError} `CORRUPT_FILE`, `READ_FAILED`
 */
export async function readSummary(
  fs: FileSystem,
  paths: RunPaths,
): Promise<Summary | null> {
  return await readDocument(fs, paths.summary, SummarySchema);
}

/** Reads a JSON document; null where it is not there. */
async function readDocument<T>(
  fs: FileSystem,
  path: string,
  schema: v.GenericSchema<T>,
): Promise<T | null> {
  const info = await readGuard(path, () => fs.stat(path));
  if (!info) return null;
  const { size } = info;
  if (size > DOCUMENT_BYTES_MAX) {
    throw new ArtifactError(
      "CORRUPT_FILE",
      `Cannot read "${path}": it has ${size} bytes, more than ${DOCUMENT_BYTES_MAX}`,
      { file: path },
    );
  }
  const bytes = await readGuard(path, () => readFile(fs, path));
  if (isTooComplex(bytes, PARSED_DOCUMENT_BYTES_MAX)) {
    throw new ArtifactError(
      "CORRUPT_FILE",
      `Cannot read "${path}": it has more lists, objects and members than this library writes into it`,
      { file: path },
    );
  }
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
  const issue = firstIssue(schema, value, { unknownFields: "keep" });
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

/** How many entries of a directory are looked at to find a run in it. */
const ENTRIES_MAX = 100;

/** A run in a directory: its path; undefined where none was found. */
async function runInside(
  fs: FileSystem,
  dir: string,
): Promise<string | undefined> {
  let looked = 0;
  for await (const { name, isDirectory } of fs.list(dir)) {
    if (looked++ === ENTRIES_MAX) return undefined;
    const path = join(dir, name);
    if (isDirectory && await fs.stat(runPaths(path).manifest)) return path;
  }
  return undefined;
}
