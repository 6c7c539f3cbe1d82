/**
 * Searches all files of a run for secrets.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { ArtifactError } from "../errors.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { fileBytes } from "../storage/read_file.ts";

/** A shorter value occurs in any text by chance, once it is base64. */
const SECRET_BYTES_MIN = 6;

/** Secrets by name; the names of a list are its indexes. */
export type Secrets = readonly string[] | Readonly<Record<string, string>>;

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

/** A text to search for, as {@linkcode decode} returns it. */
interface Needle {
  name: string;
  form: string;
  text: string;
}

/**
 * Searches every file below a directory, and its name, for secrets: as they are,
 * as JSON, URL-encoded, and in base64 at any position. Reads files in blocks.
 *
 * @throws {ArtifactError} `INVALID_OPTION`, `READ_FAILED`
 */
export async function* scanSecrets(
  fs: FileSystem,
  dir: string,
  secrets: Secrets,
): AsyncGenerator<SecretFinding> {
  const needles = Object.entries(secrets).flatMap(([name, secret]) =>
    needlesOf(name, secret)
  );
  if (needles.length === 0) return;
  yield* scanDirectory(fs, dir, needles);
  for (const file of await tornFilesOf(fs, dir)) {
    yield* scanFile(fs, file, needles);
  }
}

/** What a recovery of the run has put aside: beside its directory. */
async function tornFilesOf(fs: FileSystem, dir: string): Promise<string[]> {
  const prefix = `${basename(dir)}.`;
  const files: string[] = [];
  await readGuard(dir, async () => {
    for await (const { name, isFile } of fs.list(dirname(dir))) {
      if (isFile && name.startsWith(prefix) && name.endsWith(".torn")) {
        files.push(join(dirname(dir), name));
      }
    }
  });
  return files.sort();
}

async function* scanDirectory(
  fs: FileSystem,
  dir: string,
  needles: Needle[],
): AsyncGenerator<SecretFinding> {
  const directories: string[] = [];
  const entries = fs.list(dir)[Symbol.asyncIterator]();
  for (;;) {
    const { done, value: entry } = await readGuard(dir, () => entries.next());
    if (done) break;
    const name = decode(new TextEncoder().encode(entry.name));
    for (const { name: secret, form } of hitsIn(name, needles)) {
      yield { name: secret, form, file: dir, offset: null };
    }
    const path = join(dir, entry.name);
    if (entry.isDirectory) directories.push(path);
    else if (entry.isFile) yield* scanFile(fs, path, needles);
  }
  for (const path of directories) yield* scanDirectory(fs, path, needles);
}

async function* scanFile(
  fs: FileSystem,
  file: string,
  needles: Needle[],
): AsyncGenerator<SecretFinding> {
  const longest = Math.max(...needles.map(({ text }) => text.length));
  const blocks = fileBytes(fs, file, 0);
  /** The end of the previous block, in which a secret may begin. */
  let carried = "";
  let position = 0;
  try {
    for (;;) {
      const { done, value } = await readGuard(file, () => blocks.next());
      if (done) return;
      const text = carried + decode(value);
      for (const { name, form, length, offset } of hitsIn(text, needles)) {
        // A hit that ends in the carried part was reported before.
        if (offset + length <= carried.length) continue;
        yield { name, form, file, offset: position + offset };
      }
      const kept = Math.min(text.length, longest - 1);
      position += text.length - kept;
      carried = text.slice(text.length - kept);
    }
  } finally {
    await blocks.return(undefined);
  }
}

/** Yields the occurrences of all needles in a text. */
function* hitsIn(
  text: string,
  needles: Needle[],
): Generator<{ name: string; form: string; offset: number; length: number }> {
  for (const { name, form, text: { length }, text: needle } of needles) {
    let offset = text.indexOf(needle);
    while (offset !== -1) {
      yield { name, form, offset, length };
      offset = text.indexOf(needle, offset + length);
    }
  }
}

/** Returns the forms of one secret, each once. */
function needlesOf(name: string, secret: string): Needle[] {
  const bytes = typeof secret === "string"
    ? new TextEncoder().encode(secret)
    : undefined;
  if (!bytes || bytes.length < SECRET_BYTES_MIN) {
    throw new ArtifactError(
      "INVALID_OPTION",
      `Cannot search for the secret ${
        JSON.stringify(name)
      }: it must be a text of at least ${SECRET_BYTES_MIN} bytes: a shorter one occurs by chance`,
      { path: "secrets" },
    );
  }
  const forms: [form: string, text: string][] = [["as it is", secret]];
  const json = jsonWithin(secret);
  // A body may be JSON in a string, which is a string in a record.
  for (
    const text of [json, asciiJson(json), htmlJson(json)].flatMap((
      t,
    ) => [t, jsonWithin(t)])
  ) {
    forms.push(["as JSON", text], ["as JSON", text.replaceAll("/", "\\/")]);
  }
  const base64 = [0, 1, 2].map((shift) => base64Within(bytes, shift));
  for (const text of base64) {
    const urlSafe = text.replaceAll("+", "-").replaceAll("/", "_");
    forms.push(["in base64", text], ["in base64", urlSafe]);
    forms.push(["in base64", text.replaceAll("/", "\\/")]);
  }
  for (const text of [secret, ...base64]) {
    for (const encoded of urlEncoded(text)) {
      forms.push(["URL-encoded", encoded]);
    }
  }
  const needles = new Map<string, Needle>();
  for (const [form, text] of forms) {
    const needle = decode(new TextEncoder().encode(text));
    if (!needles.has(needle)) needles.set(needle, { name, form, text: needle });
  }
  return [...needles.values()];
}

/** Returns what is between the quotes of a JSON string. */
function jsonWithin(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Escapes everything beyond ASCII, as Python does. */
function asciiJson(json: string): string {
  return json.replace(/[\u0080-\uffff]/g, escaped);
}

/** Escapes the characters of HTML, as Go does. */
function htmlJson(json: string): string {
  return json.replace(/[<>&]/g, escaped);
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * Returns the base64 digits that depend on `bytes` only, after `shift` other bytes
 * and before any number of them.
 */
function base64Within(bytes: Uint8Array, shift: number): string {
  let binary = "\0".repeat(shift);
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).slice(
    Math.ceil((8 * shift) / 6),
    Math.floor((8 * binary.length) / 6),
  );
}

/** Returns the forms that programs write: more or less escaped, in either case. */
function urlEncoded(text: string): string[] {
  const usual = encodeURIComponent(text.toWellFormed());
  const strict = usual.replace(
    /[!'()*]/g,
    (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const inForm = new URLSearchParams({ "": text }).toString().slice(1);
  const inPath = encodeURI(text.toWellFormed());
  return [usual, strict, inPath, usual.replaceAll("%20", "+"), inForm]
    .flatMap((
      encoded,
    ) => [encoded, encoded.replace(/%../g, (code) => code.toLowerCase())]);
}

const decoder = new TextDecoder("latin1");

/** Returns one character per byte: an index in the text is one in the bytes. */
function decode(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}
