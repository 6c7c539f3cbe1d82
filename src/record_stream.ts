/**
 * The records of a JSONL file as a stream.
 *
 * @module
 */
import { ArtifactError } from "./errors.ts";
import type { FileSystem } from "./file_system.ts";
import { type LineBlock, lineBlocks } from "./line_reader.ts";

/**
 * Streams the records that `accept` lets through, in the order of the file. The
 * file is closed at its end, when the stream is cancelled (a `for await` that
 * breaks off does that), and on an error.
 *
 * @param isRecord Whether a parsed line has the fields that make it a record.
 * @throws {ArtifactError} in the stream: `CORRUPT_LINE`, `READ_FAILED`
 */
export function recordStream<R>(
  fs: FileSystem,
  file: string,
  isRecord: (value: unknown) => boolean,
  accept: (record: R) => boolean,
): ReadableStream<R> {
  const blocks = lineBlocks(fs, file);
  return new ReadableStream<R>({
    async pull(controller) {
      try {
        for (let taken = 0; taken === 0;) {
          const { value: block, done } = await blocks.next();
          if (done) return controller.close();
          for (const record of parseBlock(file, block, isRecord)) {
            if (!accept(record as R)) continue;
            controller.enqueue(record as R);
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

function* parseBlock(
  file: string,
  block: LineBlock,
  isRecord: (value: unknown) => boolean,
): Generator<unknown> {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      block.bytes,
    );
  } catch {
    throw firstCorruptLine(file, block, isRecord);
  }
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    let record: unknown;
    try {
      record = JSON.parse(text.slice(start, end));
    } catch {
      throw firstCorruptLine(file, block, isRecord);
    }
    if (!isRecord(record)) throw firstCorruptLine(file, block, isRecord);
    yield record;
    start = end + 1;
  }
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
