/**
 * Writes a file that is made of a run.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { runPaths } from "../format/layout.ts";
import { runPermissions } from "../read/internal.ts";
import type { RunReader } from "../read/mod.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import { confineTo } from "../storage/confined.ts";
import { writeGuard } from "../storage/io_errors.ts";

/** Texts are joined up to about so many characters. */
const CHUNK_LENGTH = 64 * 1024;

/**
 * Writes texts as one file, which is there whole or not at all. It may be read by
 * those who may read the run.
 *
 * @throws {ArtifactError} `WRITE_FAILED`, and what `texts` throws
 */
export async function writeTexts(
  run: RunReader,
  file: string,
  texts: AsyncIterable<string>,
): Promise<void> {
  const mode = await runPermissions(run.fs, runPaths(run.path));
  const fs = confineTo(run.fs, dirname(file), mode);
  await writeGuard(file, () => writeAtomically(fs, file, bytesOf(texts)));
}

async function* bytesOf(
  texts: AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let chunk = "";
  for await (const text of texts) {
    chunk += text;
    if (chunk.length < CHUNK_LENGTH) continue;
    yield encoder.encode(chunk);
    chunk = "";
  }
  yield encoder.encode(chunk);
}
