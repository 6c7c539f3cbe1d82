/**
 * Reads the request or the response of a step, whatever form it has.
 *
 * @module
 */
import { join } from "@std/path/join";
import { type MessagePart, messagePlace } from "../format/step_message.ts";
import type { StepRecord } from "../format/records.ts";
import { type JsonValue, parseJson } from "../json/value.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { readFile } from "../storage/read_file.ts";

/** A larger file is not read: a reference stands for it. */
const READ_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Returns the request or the response of a step; `{"$artifact": path, "bytes": n}`
 * for a file that is too large or is not JSON, and undefined where there is none,
 * or where its file is missing.
 *
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function readMessage(
  fs: FileSystem,
  runPath: string,
  step: StepRecord,
  part: MessagePart,
): Promise<JsonValue | undefined> {
  const place = messagePlace(step, part);
  if (place === null) return undefined;
  const { path } = place;
  if (path === null) return place.value;
  const file = join(runPath, path);
  return await readGuard(file, async () => {
    const info = await fs.stat(file);
    if (!info?.isFile) return undefined;
    const reference = { $artifact: path, bytes: info.size };
    if (info.size > READ_BYTES_MAX) return reference;
    const text = new TextDecoder().decode(await readFile(fs, file));
    try {
      return parseJson(text) as JsonValue;
    } catch {
      return reference;
    }
  });
}
