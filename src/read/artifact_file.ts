/**
 * Artifact files, as they are read back.
 *
 * @module
 */
import type { IterableStream } from "./iterable_stream.ts";
import { join } from "@std/path/join";
import { toText } from "@std/streams/to-text";
import type { FileSystem } from "../storage/file_system.ts";
import { type JsonValue, parseJson } from "../json/value.ts";
import {
  artifactPath,
  FILES,
  isSystemFile,
  movedName,
} from "../format/layout.ts";
import { readGuard } from "../storage/io_errors.ts";
import { isSafeName } from "../format/names.ts";
import { fileStream, readFile } from "../storage/read_file.ts";

/** One artifact file of an instance. */
export class ArtifactFile {
  /** File name, such as `"step_001_request.json"`. */
  readonly name: string;
  /**
   * Path relative to the run directory, as steps list it; the files of an
   * abandoned attempt were moved aside, and keep it.
   */
  readonly path: string;
  /** Length in bytes. */
  readonly size: number;
  readonly #fs: FileSystem;
  readonly #file: string;

  /**
   * Made by `RunReader.instance`.
   * @internal
   */
  constructor(
    fs: FileSystem,
    file: string,
    instance_id: string,
    name: string,
    size: number,
  ) {
    this.#fs = fs;
    this.name = name;
    this.path = artifactPath(instance_id, name);
    this.size = size;
    this.#file = file;
  }

  /**
   * The content as a stream of bytes.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.artifact("cart.json", { items: 2 });
   * await instance.complete();
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const [file] = (await past.instance("inst_001")).artifacts;
   * let size = 0;
   * for await (const bytes of file!.stream()) size += bytes.length;
   * console.log(size === file!.size); // true
   * ```
   */
  stream(): IterableStream<Uint8Array> {
    return fileStream(this.#fs, this.#file);
  }

  /**
   * The content.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.artifact("cart.json", { items: 2 });
   * await instance.complete();
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const [file] = (await past.instance("inst_001")).artifacts;
   * console.log((await file!.bytes()).length === file!.size); // true
   * ```
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  bytes(): Promise<Uint8Array> {
    return readGuard(this.#file, () => readFile(this.#fs, this.#file));
  }

  /**
   * The content as UTF-8.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.artifact("cart.json", { items: 2 });
   * await instance.complete();
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const [file] = (await past.instance("inst_001")).artifacts;
   * console.log((await file!.text()).includes("items")); // true
   * ```
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  text(): Promise<string> {
    return readGuard(this.#file, () => toText(this.stream()));
  }

  /**
   * The content, parsed as JSON.
   *
   * @example
   * ```ts
   * import { createRun, openRun } from "@windtunnel/artifacts";
   *
   * const run = await createRun({ sut_name: "ecommerce" });
   * const instance = run.startInstance({ scenario_id: "checkout" });
   * await instance.artifact("cart.json", { items: 2 });
   * await instance.complete();
   * await run.finalize();
   *
   * const past = await openRun(run.path);
   * const [file] = (await past.instance("inst_001")).artifacts;
   * console.log(await file!.json()); // { items: 2 }
   * ```
   *
   * @throws {ArtifactError} `READ_FAILED`
   */
  json(): Promise<JsonValue> {
    return readGuard(
      this.#file,
      async () => parseJson(await toText(this.stream())) as JsonValue,
    );
  }
}

/** The artifact files of an instance. */
export interface ListedArtifacts {
  /** Those in its directory, by name; null where it has none. */
  own: ArtifactFile[] | null;
  /** Those of earlier attempts, which were moved aside, attempt by attempt. */
  moved: ArtifactFile[][];
}

/** Lists the artifact files of an instance. */
export async function listArtifacts(
  fs: FileSystem,
  runPath: string,
  instance_id: string,
): Promise<ListedArtifacts> {
  if (!isSafeName(instance_id)) return { own: null, moved: [] };
  const list = (name: string) =>
    listFiles(fs, join(runPath, FILES.artifacts, name), instance_id);
  const own = await list(instance_id);
  const moved: ArtifactFile[][] = [];
  for (;;) {
    const files = await list(movedName(instance_id, moved.length + 1));
    if (!files) return { own, moved };
    moved.push(files);
  }
}

async function listFiles(
  fs: FileSystem,
  dir: string,
  instance_id: string,
): Promise<ArtifactFile[] | null> {
  return await readGuard(dir, async () => {
    if (!(await fs.stat(dir))?.isDirectory) return null;
    const files: ArtifactFile[] = [];
    for await (const { name, isFile } of fs.list(dir)) {
      if (!isFile || isSystemFile(name)) continue;
      const file = join(dir, name);
      const info = await fs.stat(file);
      if (!info) continue; // Removed meanwhile.
      files.push(new ArtifactFile(fs, file, instance_id, name, info.size));
    }
    return files.sort((a, b) => a.name < b.name ? -1 : 1);
  });
}
