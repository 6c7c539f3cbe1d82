/**
 * Compares the files of a run with its seal.
 *
 * @module
 */
import { join } from "@std/path/join";
import { loadSha256 } from "../adapters/mod.ts";
import type { RunPaths } from "../format/layout.ts";
import type { ArtifactsSeal, FileSeal, RunSeal } from "../format/records.ts";
import { sealArtifacts, sealFile } from "../seal/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import type { Problems } from "./report.ts";

/**
 * Reads all files of a run that has ended, and reports those that are not as they
 * were then.
 *
 * @param sealed What the summary says of them.
 * @throws {ArtifactError} `READ_FAILED`
 */
export async function verifySeal(
  fs: FileSystem,
  paths: RunPaths,
  sealed: RunSeal,
  problems: Problems,
): Promise<void> {
  for (const name of Object.keys(sealed) as (keyof RunSeal)[]) {
    const file = join(paths.run, name);
    const found = await readGuard(file, () => sealOf(fs, paths, name));
    const [now, then] = [describe(found), describe(sealed[name])];
    if (now === then) continue;
    problems.add(
      "SEAL_BROKEN",
      file,
      `"${file}" changed after the run ended: now ${now}, sealed ${then}`,
    );
  }
}

/** Returns null where the file does not exist. */
async function sealOf(
  fs: FileSystem,
  paths: RunPaths,
  name: keyof RunSeal,
): Promise<FileSeal | ArtifactsSeal | null> {
  if (name === "artifacts") return await sealArtifacts(fs, paths);
  const file = join(paths.run, name);
  if (!(await fs.stat(file))?.isFile) return null;
  return await sealFile(fs, file, await loadSha256());
}

function describe(seal: FileSeal | ArtifactsSeal | null): string {
  if (seal === null) return "no such file";
  const { bytes, sha256 } = seal;
  return "files" in seal
    ? `${seal.files} files of ${bytes} bytes, sum ${sha256}`
    : `${bytes} bytes in ${seal.lines} lines, SHA-256 ${sha256}`;
}
