/**
 * Seals the files of a run: what they held when it ended.
 *
 * @module
 */
import { join } from "@std/path/join";
import { loadSha256, type Sha256 } from "../adapters/mod.ts";
import { FILES, isSystemFile, type RunPaths } from "../format/layout.ts";
import type { ArtifactsSeal, FileSeal, RunSeal } from "../format/records.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readFully } from "../storage/read_file.ts";
import { NEWLINE } from "../storage/torn_tail.ts";
import { ArtifactsSum } from "./artifacts_sum.ts";

/** Bytes that are read and hashed at once: a third of a millisecond. */
const BLOCK_BYTES = 512 * 1024;

/** Bytes of the first block: most artifacts are no longer. */
const FIRST_BLOCK_BYTES = 16 * 1024;

/**
 * Seals the manifest and the lines of a run, which are read again: hashing them as
 * they are written would cost every record.
 *
 * @param artifacts The seal of its artifact files. Default: they are read.
 * @throws What the file system throws.
 */
export async function sealRun(
  fs: FileSystem,
  paths: RunPaths,
  artifacts?: ArtifactsSeal,
): Promise<RunSeal> {
  const newSha256 = await loadSha256();
  const seal = (path: string) => sealFile(fs, path, newSha256);
  const { started } = paths;
  return {
    [FILES.manifest]: await seal(paths.manifest),
    [FILES.instances]: await seal(paths.instances),
    [FILES.steps]: await seal(paths.steps),
    [FILES.assertions]: await seal(paths.assertions),
    [FILES.started]: await fs.stat(started) ? await seal(started) : null,
    [FILES.artifacts]: artifacts ?? await sealArtifacts(fs, paths),
  };
}

/**
 * Reads all artifact files of a run, and seals them.
 *
 * @throws What the file system throws.
 */
export async function sealArtifacts(
  fs: FileSystem,
  { artifacts }: RunPaths,
): Promise<ArtifactsSeal> {
  const newSha256 = await loadSha256();
  const sum = new ArtifactsSum();
  if (!(await fs.stat(artifacts))?.isDirectory) return sum.seal();
  for await (const { name: dir, isDirectory } of fs.list(artifacts)) {
    if (!isDirectory) continue;
    for await (const { name, isFile } of fs.list(join(artifacts, dir))) {
      if (!isFile || isSystemFile(name)) continue;
      const path = join(artifacts, dir, name);
      const { bytes, sha256 } = await sealFile(fs, path, newSha256);
      sum.add(`${dir}/${name}`, bytes, sha256);
    }
  }
  return sum.seal();
}

/**
 * Reads a file, and seals it.
 *
 * @throws What the file system throws.
 */
export async function sealFile(
  fs: FileSystem,
  path: string,
  newSha256: () => Sha256,
): Promise<FileSeal> {
  const handle = await fs.openRead(path);
  try {
    const hash = newSha256();
    let buffer = new Uint8Array(FIRST_BLOCK_BYTES);
    let bytes = 0;
    let lines = 0;
    for (;;) {
      const block = await readFully(handle, buffer, bytes);
      hash.update(block);
      lines += newlinesIn(block);
      bytes += block.length;
      if (block.length < buffer.length) break;
      if (buffer.length < BLOCK_BYTES) buffer = new Uint8Array(BLOCK_BYTES);
    }
    return { bytes, lines, sha256: hash.hex() };
  } finally {
    await handle.close();
  }
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; count++) {
    at = bytes.indexOf(NEWLINE, at + 1);
  }
  return count;
}
