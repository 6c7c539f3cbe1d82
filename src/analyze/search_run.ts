/**
 * Searches everything that a run recorded for a text or a regular expression.
 *
 * @module
 */
import { join } from "@std/path/join";
import * as v from "valibot";
import { assertReader } from "../check/assert_reader.ts";
import { assertOptions, invalidOption } from "../check/options.ts";
import {
  artifactPath,
  FILES,
  isSystemFile,
  movedFrom,
  recordFiles,
  runPaths,
  stepFileNumber,
} from "../format/layout.ts";
import { type JsonObject, type JsonValue, parseJson } from "../json/value.ts";
import type { RunReader } from "../read/mod.ts";
import { SearchPattern } from "./search_pattern.ts";

/** Options of {@linkcode searchRun}. */
export interface SearchRunOptions {
  /**
   * Called for what was not searched, with its path in the run directory: binary
   * files, which have a zero byte in their first 64 KiB, and lines of more than
   * 16 MiB.
   */
  onSkipped?: (path: string, reason: "binary" | "too-long") => void;
}

const SearchRunOptionsSchema: v.GenericSchema<SearchRunOptions> = v
  .strictObject({
    onSkipped: v.optional(
      v.custom<NonNullable<SearchRunOptions["onSkipped"]>>(
        (value) => typeof value === "function",
        "must be a function",
      ),
    ),
  });

/** A place where {@linkcode searchRun} found what it was given. */
export interface SearchHit {
  /** The instance; null where the line names none. */
  instance_id: string | null;
  /** The step; null for what belongs to no step. */
  step_index: number | null;
  /** The file in the run directory, such as `"steps.jsonl"`. */
  file: string;
  /** The line in it, from 1. */
  line: number;
  /**
   * The field, such as `"observation.body.error"`; `""` for the line as a whole, and
   * in artifact files.
   */
  place: string;
  /** The value or the line, around what was found: at most some 160 characters. */
  text: string;
}

const NEWLINE = 10;
/** A longer line of an artifact file is searched in parts. */
const PART_BYTES = 1024 * 1024;

/**
 * Searches the records of a run and its artifact files. A text is looked for in
 * field names, texts and numbers as they were recorded, without the escapes of JSON,
 * then in the line as it stands, such as `"passed":false`. Artifact files are
 * searched line by line. Memory is bounded.
 *
 * A regular expression is tried on each name and value, and on each line of an
 * artifact file; in a line of more than 1 MiB it does not find what lies across the
 * end of a MiB.
 *
 * @param run The run, opened.
 * @param pattern A text, not empty, or a regular expression.
 * @throws {ArtifactError} `INVALID_OPTION`, `CORRUPT_FILE`, `READ_FAILED`
 *
 * @example
 * ```ts
 * import { createRun, openRun, searchRun } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({
 *   step_name: "pay",
 *   step_type: "http",
 *   observation: { body: { error: "card declined" } },
 * });
 * await instance.complete();
 * await run.finalize();
 *
 * for await (const hit of searchRun(await openRun(run.path), "declined")) {
 *   console.log(hit.instance_id, hit.step_index, hit.place, hit.text);
 *   // inst_001 0 observation.body.error card declined
 * }
 * ```
 */
export async function* searchRun(
  run: RunReader,
  pattern: string | RegExp,
  options: SearchRunOptions = {},
): AsyncGenerator<SearchHit, void, void> {
  assertReader("searchRun", run);
  assertOptions("searchRun", SearchRunOptionsSchema, options);
  const isText = typeof pattern === "string" && pattern !== "";
  if (!isText && !(pattern instanceof RegExp)) {
    throw invalidOption(
      "searchRun",
      "pattern",
      "must be a text that is not empty, or a regular expression",
    );
  }
  const search = new SearchPattern(pattern);
  const { onSkipped = () => {} } = options;
  const paths = runPaths(run.path);
  for (const file of [...recordFiles(paths), paths.started]) {
    yield* searchRecords(run, file, search, onSkipped);
  }
  yield* searchArtifacts(run, search, onSkipped);
}

async function* searchRecords(
  { fs, path }: RunReader,
  file: string,
  search: SearchPattern,
  onSkipped: NonNullable<SearchRunOptions["onSkipped"]>,
): AsyncGenerator<SearchHit, void, void> {
  if (!await fs.stat(file)) return; // `started.jsonl`, where nothing is open.
  const { LineReader } = await import("../storage/line_reader.ts");
  const name = file.slice(path.length + 1);
  const lines = await LineReader.open(fs, file);
  let counted = 1;
  try {
    for (let block; (block = await lines.next());) {
      if (block.tooLong) {
        onSkipped(name, "too-long");
        counted++;
        continue;
      }
      for (const { line, number } of linesWith(block.bytes, search, counted)) {
        yield* hitsIn(line, search, { file: name, line: number });
      }
      counted += newlinesIn(block.bytes, 0, block.bytes.length);
    }
  } finally {
    await lines.close();
  }
}

/** The lines of a block that may have what is searched for. */
function* linesWith(
  bytes: Uint8Array,
  search: SearchPattern,
  firstNumber: number,
): Generator<{ line: string; number: number }> {
  let number = firstNumber;
  let start = 0;
  for (let at = 0; (at = search.mayBeIn(bytes, at)) !== -1;) {
    // Numbers are counted up to the lines that are wanted.
    const from = bytes.lastIndexOf(NEWLINE, at - 1) + 1;
    const lineStart = at === 0 ? 0 : from;
    number += newlinesIn(bytes, start, lineStart);
    start = lineStart;
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline === -1 ? bytes.length : newline;
    yield { line: decoder.decode(bytes.subarray(lineStart, end)), number };
    at = end + 1;
  }
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function newlinesIn(bytes: Uint8Array, from: number, to: number): number {
  let count = 0;
  for (
    let at = from;
    (at = bytes.indexOf(NEWLINE, at)) !== -1 && at < to;
    at++
  ) {
    count++;
  }
  return count;
}

function* hitsIn(
  line: string,
  search: SearchPattern,
  where: { file: string; line: number },
): Generator<SearchHit> {
  const record = recordOf(line);
  const { instance_id, step_index } = record ?? {};
  const hit = {
    instance_id: typeof instance_id === "string" ? instance_id : null,
    step_index: typeof step_index === "number" ? step_index : null,
    ...where,
  };
  const places = record ? search.placesIn(record) : [];
  for (const { path, text } of places) yield { ...hit, place: path, text };
  // A regular expression is for values: in a whole line it would match by chance.
  if (places.length > 0 || (record && search.isExpression)) return;
  const text = search.excerptOf(line);
  if (text !== undefined) yield { ...hit, place: "", text };
}

/** Undefined for a line that is damaged: it is searched as it stands. */
function recordOf(line: string): JsonObject | undefined {
  try {
    const value = parseJson(line) as JsonValue;
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value
      : undefined;
  } catch {
    return undefined;
  }
}

async function* searchArtifacts(
  { fs, path }: RunReader,
  search: SearchPattern,
  onSkipped: NonNullable<SearchRunOptions["onSkipped"]>,
): AsyncGenerator<SearchHit, void, void> {
  const root = join(path, FILES.artifacts);
  if (!(await fs.stat(root))?.isDirectory) return;
  for (const dir of await namesIn(fs, root, "isDirectory")) {
    for (const name of await namesIn(fs, join(root, dir), "isFile")) {
      if (isSystemFile(name)) continue;
      const file = artifactPath(dir, name);
      const stepNumber = stepFileNumber(name);
      let number = 1;
      for await (
        const bytes of partsOf(fs, join(path, file), search.bytesMax)
      ) {
        if (bytes === "binary") {
          onSkipped(file, bytes);
          break;
        }
        for (const found of linesWith(bytes, search, number)) {
          const text = search.excerptOf(found.line) ??
            search.excerptOf(unescaped(found.line));
          if (text === undefined) continue;
          yield {
            instance_id: movedFrom(dir) ?? dir,
            step_index: stepNumber === undefined ? null : stepNumber - 1,
            file,
            line: found.number,
            place: "",
            text,
          };
        }
        number += newlinesIn(bytes, 0, bytes.length);
      }
    }
  }
}

async function namesIn(
  fs: RunReader["fs"],
  dir: string,
  kind: "isDirectory" | "isFile",
): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of fs.list(dir)) {
    if (entry[kind]) names.push(entry.name);
  }
  return names.sort();
}

/** A line of a JSON file, with its texts as they were recorded. */
function unescaped(line: string): string {
  return line.replaceAll(/"(?:[^"\\]|\\.)*"/g, (json) => {
    try {
      return `"${JSON.parse(json)}"`;
    } catch {
      return json;
    }
  });
}

/**
 * A file in parts of whole lines; a line of more than a MiB in parts that overlap by
 * less than the text that is looked for. `"binary"` for a binary file.
 */
async function* partsOf(
  fs: RunReader["fs"],
  file: string,
  bytesMax: number,
): AsyncGenerator<Uint8Array | "binary", void, void> {
  const { fileBytes } = await import("../storage/read_file.ts");
  let rest = new Uint8Array(0);
  let isFirst = true;
  for await (const block of fileBytes(fs, file, 0)) {
    if (isFirst && block.includes(0)) {
      yield "binary";
      return;
    }
    isFirst = false;
    const bytes = new Uint8Array(rest.length + block.length);
    bytes.set(rest);
    bytes.set(block, rest.length);
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) yield bytes.subarray(0, end);
    rest = bytes.subarray(end);
    if (rest.length < PART_BYTES) continue;
    yield rest;
    rest = rest.slice(rest.length - Math.max(0, bytesMax - 1));
  }
  if (rest.length > 0) yield rest;
}
