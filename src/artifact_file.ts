/**
 * Artifact files, as they are read back.
 *
 * @module
 */
import { join } from "@std/path/join";
import { toJson } from "@std/streams/to-json";
import { toText } from "@std/streams/to-text";
import type { FileSystem } from "./file_system.ts";
import type { JsonValue } from "./json.ts";
import { artifactPath, FILES } from "./layout.ts";
import { readGuard } from "./io_errors.ts";
import { isSafeName } from "./names.ts";
import { fileStream, readFile } from "./read_file.ts";

/** One artifact file of an instance. */
export class ArtifactFile {
  /** File name, such as `"step_001_request.json"`. */
  readonly name: string;
  /** Path relative to the run directory, as steps list it. */
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
    run_path: string,
    instance_id: string,
    name: string,
    size: number,
  ) {
    this.#fs = fs;
    this.name = name;
    this.path = artifactPath(instance_id, name);
    this.size = size;
    this.#file = join(run_path, this.path);
  }

  /** The content as a stream of bytes. */
  stream(): ReadableStream<Uint8Array> {
    return fileStream(this.#fs, this.#file);
  }

  /** The content. @throws {ArtifactError} `READ_FAILED` */
  bytes(): Promise<Uint8Array> {
    return readGuard(this.#file, () => readFile(this.#fs, this.#file));
  }

  /** The content as UTF-8. @throws {ArtifactError} `READ_FAILED` */
  text(): Promise<string> {
    return readGuard(this.#file, () => toText(this.stream()));
  }

  /** The content, parsed as JSON. @throws {ArtifactError} `READ_FAILED` */
  json(): Promise<JsonValue> {
    return readGuard(
      this.#file,
      () => toJson(this.stream()) as Promise<JsonValue>,
    );
  }
}

/** The artifact files of an instance, by name; none where it has no directory. */
export async function listArtifacts(
  fs: FileSystem,
  run_path: string,
  instance_id: string,
): Promise<ArtifactFile[]> {
  if (!isSafeName(instance_id)) return [];
  const dir = join(run_path, FILES.artifacts, instance_id);
  return await readGuard(dir, async () => {
    if (!(await fs.stat(dir))?.isDirectory) return [];
    const files: ArtifactFile[] = [];
    for await (const { name, isDirectory } of fs.list(dir)) {
      if (isDirectory) continue;
      const info = await fs.stat(join(dir, name));
      if (!info) continue; // Removed meanwhile.
      files.push(new ArtifactFile(fs, run_path, instance_id, name, info.size));
    }
    return files.sort((a, b) => a.name < b.name ? -1 : 1);
  });
}
