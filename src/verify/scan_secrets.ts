/**
 * Searches all files of a run for secrets.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { fileBytes } from "../storage/read_file.ts";
import { SecretForms, type Secrets } from "./secret_forms.ts";

/** An occurrence of a secret. */
export interface SecretFinding {
  /** Name of the secret. */
  name: string;
  /** How it is written there, such as `"in base64"`. */
  form: string;
  /** The file; the directory where it is in the name of an entry. */
  file: string;
  /** Byte offset in the file; null where it is in the name of an entry. */
  offset: number | null;
}

/**
 * Searches every file below a directory, and its name, for secrets in all
 * {@linkcode SecretForms}. Reads files in blocks.
 *
 * @param run_id By which a recovery names what it puts aside.
 *
 * @throws {ArtifactError} `INVALID_OPTION`, `READ_FAILED`
 */
export async function* scanSecrets(
  fs: FileSystem,
  dir: string,
  secrets: Secrets,
  run_id?: string,
): AsyncGenerator<SecretFinding> {
  const forms = new SecretForms(secrets);
  if (forms.lengthMax === 0) return;
  yield* scanDirectory(fs, dir, forms);
  for (const file of await tornFilesOf(fs, dir, run_id)) {
    yield* scanFile(fs, file, forms);
  }
}

/**
 * Iterates over the files that a recovery of the run has set aside, next to its
 * directory. They are named by the run's id: the directory may have been renamed.
 */
async function tornFilesOf(
  fs: FileSystem,
  dir: string,
  run_id: string | undefined,
): Promise<string[]> {
  const prefixes = [`${basename(dir)}.`, `${run_id ?? basename(dir)}.`];
  const files: string[] = [];
  await readGuard(dir, async () => {
    for await (const { name, isFile } of fs.list(dirname(dir))) {
      const isOwn = prefixes.some((prefix) => name.startsWith(prefix));
      if (isFile && isOwn && name.endsWith(".torn")) {
        files.push(join(dirname(dir), name));
      }
    }
  });
  return files.sort();
}

async function* scanDirectory(
  fs: FileSystem,
  dir: string,
  forms: SecretForms,
): AsyncGenerator<SecretFinding> {
  const directories: string[] = [];
  const entries = fs.list(dir)[Symbol.asyncIterator]();
  for (;;) {
    const { done, value: entry } = await readGuard(dir, () => entries.next());
    if (done) break;
    const name = decode(new TextEncoder().encode(entry.name));
    for (const { name: secret, form } of forms.hitsIn(name)) {
      yield { name: secret, form, file: dir, offset: null };
    }
    const path = join(dir, entry.name);
    if (entry.isDirectory) directories.push(path);
    else if (entry.isFile) yield* scanFile(fs, path, forms);
  }
  for (const path of directories) yield* scanDirectory(fs, path, forms);
}

async function* scanFile(
  fs: FileSystem,
  file: string,
  forms: SecretForms,
): AsyncGenerator<SecretFinding> {
  const blocks = fileBytes(fs, file, 0);
  /** The end of the previous block, in which a secret may begin. */
  let carried = "";
  let position = 0;
  try {
    for (;;) {
      const { done, value } = await readGuard(file, () => blocks.next());
      if (done) return;
      const text = carried + decode(value);
      for (const { name, form, offset, end } of forms.hitsIn(text)) {
        // A hit that ends in the carried part was reported before.
        if (end <= carried.length) continue;
        yield { name, form, file, offset: position + offset };
      }
      const kept = Math.min(text.length, forms.lengthMax - 1);
      position += text.length - kept;
      carried = text.slice(text.length - kept);
    }
  } finally {
    await blocks.return(undefined);
  }
}

/**
 * What `TextDecoder` calls latin1 is windows-1252, which has characters of its own
 * for some bytes from 0x80 to 0x9f.
 */
const decoder = new TextDecoder("latin1");
const BYTE_OF: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 0x20 }, (_, i) => {
    const byte = 0x80 + i;
    return [decoder.decode(Uint8Array.of(byte)), String.fromCharCode(byte)];
  }),
);
const NO_BYTE = /[^\0-\xff]/g;

/** Returns one character per byte: an index in the text is one in the bytes. */
function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes).replaceAll(NO_BYTE, (c) => BYTE_OF.get(c)!);
}
