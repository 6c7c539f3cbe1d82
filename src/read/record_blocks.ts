/**
 * The records of a JSONL file, a block of lines at a time.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { LineParser, type LineParserOptions } from "./line_parser.ts";
import { LineReader } from "../storage/line_reader.ts";

/** Which records of which file are read, and how. */
export interface RecordBlocksOptions<R> extends LineParserOptions {
  /** Whether a record is wanted. Default: all are. */
  accept?: ((record: R) => boolean) | undefined;
}

/**
 * The records of a file that are wanted, in its order; no block is empty. The
 * file is closed at its end, on an error, and when the generator is left. One that
 * is missing is a bad line of its own.
 *
 * @throws {ArtifactError} `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
 */
export async function* recordBlocks<R>(
  fs: FileSystem,
  options: RecordBlocksOptions<R>,
): AsyncGenerator<R[]> {
  const lines = await open(fs, options);
  if (!lines) return;
  try {
    const parser = new LineParser<R>(options);
    for (let block; (block = await lines.next());) {
      const { records, corrupt } = parser.parse(block);
      const wanted = options.accept ? records.filter(options.accept) : records;
      if (wanted.length > 0) yield wanted;
      if (corrupt) throw corrupt;
    }
  } finally {
    await lines.close();
  }
}

async function open(
  fs: FileSystem,
  { file, onBadLine }: LineParserOptions,
): Promise<LineReader | undefined> {
  try {
    return await LineReader.open(fs, file);
  } catch (error) {
    const isMissing = error instanceof ArtifactError &&
      error.code === "CORRUPT_FILE";
    if (!onBadLine || !isMissing) throw error;
    onBadLine(() => error);
    return undefined;
  }
}
