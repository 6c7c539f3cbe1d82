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
    const { records, corrupt } = parseBlock(file, block, isRecord);
    if (records.length > 0) yield records as R[];
    if (corrupt) throw corrupt;
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
      try {
        for (let taken = 0; taken === 0;) {
          const { value: records, done } = await blocks.next();
          if (done) return controller.close();
          for (const record of records) {
            if (!accept(record)) continue;
            controller.enqueue(record);
            taken++;
          }
        }
      } catch (error) {
        await blocks.return(undefined);
        throw error;
      }
    },
    async cancel() {
      await blocks.return(undefined);
    },
  }, { highWaterMark: 0 });
}

/** The records of a block, up to the first bad line; and that one, as an error. */
function parseBlock(
  file: string,
  block: LineBlock,
  isRecord: (value: unknown) => boolean,
): { records: unknown[]; corrupt?: ArtifactError } {
  const records: unknown[] = [];
  let text: string;
  try {
    text = decode(block.bytes);
  } catch {
    return parseLines(file, block, isRecord);
  }
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    let record: unknown;
    try {
      record = JSON.parse(text.slice(start, end));
    } catch {
      return parseLines(file, block, isRecord);
    }
    if (!isRecord(record)) return parseLines(file, block, isRecord);
    records.push(record);
    start = end + 1;
  }
  return { records };
}

/** The slow way through a block with a bad line: line by line, in bytes. */
function parseLines(
  file: string,
  block: LineBlock,
  isRecord: (value: unknown) => boolean,
): { records: unknown[]; corrupt: ArtifactError } {
  const records: unknown[] = [];
  let line = block.line;
  for (let start = 0; start < block.bytes.length; line++) {
    const end = block.bytes.indexOf(10, start);
    const bytes = block.bytes.subarray(start, end);
    const parsed = parseLine(bytes, isRecord);
    if (typeof parsed === "string") {
      const offset = block.offset + start;
      const corrupt = new ArtifactError(
        "CORRUPT_LINE",
        `Cannot read line ${line} of "${file}", at byte ${offset}: ${parsed}: it starts with ${
          beginning(bytes)
        }`,
        { file, line, offset },
      );
      return { records, corrupt };
    }
    records.push(parsed.record);
    start = end + 1;
  }
  throw new Error("Invariant: the block has a bad line, and none was found");
}

/** The record of a line, or what is wrong with it. */
function parseLine(
  bytes: Uint8Array,
  isRecord: (value: unknown) => boolean,
): { record: unknown } | string {
  let text: string;
  try {
    text = decode(bytes);
  } catch {
    return "it is not UTF-8";
  }
  try {
    const record: unknown = JSON.parse(text);
    return isRecord(record) ? { record } : "it is no such record";
  } catch {
    return "it is not JSON";
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
    bytes,
  );
}

function beginning(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, 40);
  return JSON.stringify(new TextDecoder().decode(shown)) +
    (shown.length < bytes.length ? "…" : "");
}

/** Whether a line is an instance: enough to tell it from another's line. */
export function isInstanceRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "scenario_id") &&
    hasText(value, "completed_at");
}

/** Whether a line is a step. */
export function isStepRecord(value: unknown): boolean {
  if (!hasText(value, "instance_id") || !hasText(value, "step_name")) {
    return false;
  }
  const { observation, timestamp } = value as Record<string, unknown>;
  return typeof observation === "object" && observation !== null &&
    typeof timestamp === "string";
}

/** Whether a line is an assertion. */
export function isAssertionRecord(value: unknown): boolean {
  return hasText(value, "instance_id") && hasText(value, "assertion_name") &&
    hasText(value, "timestamp");
}

function hasText(value: unknown, field: string): boolean {
  return typeof value === "object" && value !== null &&
    typeof (value as Record<string, unknown>)[field] === "string";
}
