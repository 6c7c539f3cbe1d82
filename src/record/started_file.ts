/**
 * Keeps the lines of `started.jsonl` whose instances did not complete.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { TextLineStream } from "@std/streams/text-line-stream";
import type { ReadonlyInstanceIds } from "../format/instance_ids.ts";
import type { StartRecord } from "../format/start_record.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { fileStream } from "../storage/read_file.ts";

/**
 * Leaves in `started.jsonl` what never completed, and removes the file where
 * that is nothing: a run that ended well has none. Whole lines only, and no
 * writer may have it open. Done before the summary is written: a run with a
 * summary has no line of a completed instance there.
 *
 * @param fence Rejects where the run is another writer's.
 */
export async function keepIncompleteStarts(
  fs: FileSystem,
  file: string,
  completed: ReadonlyInstanceIds,
  fence: () => void | Promise<void>,
): Promise<void> {
  if (!await fs.stat(file)) return;
  for await (const _ of incompleteStarts(fs, file, completed)) {
    const kept = incompleteStarts(fs, file, completed);
    await writeAtomically(fs, file, kept, { fence });
    return;
  }
  await fence();
  await fs.remove(file);
  // A summary that says it is gone must not be on the disk before it is.
  await fs.syncDir(dirname(file));
}

async function* incompleteStarts(
  fs: FileSystem,
  file: string,
  completed: ReadonlyInstanceIds,
): AsyncGenerator<Uint8Array> {
  const lines = fileStream(fs, file)
    .pipeThrough(
      new TextDecoderStream() as ReadableWritablePair<
        string,
        Uint8Array
      >,
    )
    .pipeThrough(new TextLineStream());
  for await (const line of lines) {
    const { instance_id }: StartRecord = JSON.parse(line);
    if (!completed.has(instance_id)) {
      yield new TextEncoder().encode(line + "\n");
    }
  }
}
