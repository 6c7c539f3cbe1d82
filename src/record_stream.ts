/**
 * The records of a JSONL file as a stream.
 *
 * @module
 */
import { ArtifactError } from "./errors.ts";
import type { FileSystem } from "./file_system.ts";
import { type LineBlock, lineBlocks } from "./line_reader.ts";

/**
 * The records of a file, a block of lines at a time. The file is closed at its
 * end, on an error, and when the generator is left.
 *
 * @param isRecord Whether a parsed line has the fields that make it a record.
 * @throws {ArtifactError} `CORRUPT_LINE`, `READ_FAILED`
 */
export async function* recordBlocks<R>(
  fs: FileSystem,
  file: string,
  isRecord: (value: unknown) => boolean,
): AsyncGenerator<R[]> {
  for await (const block of lineBlocks(fs, file)) {
    yield parseBlock(file, block, isRecord) as R[];
  }
}

/**
 * Streams the records that `accept` lets through, in the order of the file. The
 * file is closed at its end, when the stream is cancelled (a `for await` that
 * breaks off does that), and on an error.
 *
 * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `READ_FAILED`
 */
export function recordStream<R>(
  fs: FileSystem,
  file: string,
  isRecord: (value: unknown) => boolean,
  accept: (record: R) => boolean,
): ReadableStream<R> {
  const blocks = recordBlocks<R>(fs, file, isRecord);
  return new ReadableStream<R>({
    async pull(controller) {
      for (let taken = 0; taken === 0;) {
        const { value: records, done } = await blocks.next();
        if (done) return controller.close();
        for (const record of records) {
          if (!accept(record)) continue;
          controller.enqueue(record);
          taken++;
        }
      }
    },
    async cancel() {
      await blocks.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/** The records of a block: all of them, or the first bad line as an error. */
function parseBlock(
  file: string,
  block: LineBlock,
  isRecord: (value: unknown) => boolean,
): unknown[] {
  const records: unknown[] = [];
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(block.bytes);
    for (let start = 0; start < text.length;) {
      const end = text.indexOf("\n", start);
      const record = JSON.parse(text.slice(start, end));
      if (!isRecord(record)) throw firstCorruptLine(file, block, isRecord);
      records.push(record);
      start = end + 1;
    }
  } catch (error) {
    if (error instanceof ArtifactError) throw error;
    throw firstCorruptLine(file, block, isRecord);
  }
  return records;
}

/** Goes through a block that has a bad line, line by line in bytes. */
function firstCorruptLine(
  file: string,
  block: LineBlock,
  isRecord: (value: unknown) => boolean,
): ArtifactError {
  let line = block.line;
  for (let start = 0; start < block.bytes.length; line++) {
    const end = block.bytes.indexOf(10, start);
    const bytes = block.bytes.subarray(start, end);
    const problem = lineProblem(bytes, isRecord);
    if (problem) {
      const offset = block.offset + start;
      return new ArtifactError(
        "CORRUPT_LINE",
        `Cannot read line ${line} of "${file}", at byte ${offset}: ${problem}: it starts with ${
          beginning(bytes)
        }`,
        { file, line, offset },
      );
    }
    start = end + 1;
  }
  throw new Error("Invariant: the block has a bad line, and none was found");
}

function lineProblem(
  bytes: Uint8Array,
  isRecord: (value: unknown) => boolean,
): string | undefined {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    return "it is not UTF-8";
  }
  try {
    return isRecord(JSON.parse(text)) ? undefined : "it is no such record";
  } catch {
    return "it is not JSON";
  }
}

function beginning(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, 40);
  return JSON.stringify(new TextDecoder().decode(shown)) +
    (shown.length < bytes.length ? "…" : "");
}

/** Whether a line is an instance: enough to tell it from another's line. */
export function isInstanceRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "scenario_id");
}

/** Whether a line is a step. */
export function isStepRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "step_name");
}

/** Whether a line is an assertion. */
export function isAssertionRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "assertion_name");
}

function hasText(value: unknown, field: string): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as Record<string, unknown>)[field] === "string";
}
