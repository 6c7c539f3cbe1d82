/**
 * The artifact files of instances, as far as they are taken into a report.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { join } from "@std/path/join";
import { artifactPath, FILES } from "../format/layout.ts";
import { isSafeName } from "../format/names.ts";
import { type JsonValue, parseJson } from "../json/value.ts";
import type { RunReader } from "../read/mod.ts";
import { readGuard } from "../storage/io_errors.ts";
import { readFile } from "../storage/read_file.ts";
import type { InstanceTable } from "./instance_table.ts";
import { type ReportFile, VERDICTS } from "./model.ts";

/** Files whose content is taken: so many of instances that passed, and of others. */
const FILES_MAX = 20_000;
const FILE_BYTES_MAX = 256 * 1024;

const IMAGE_TYPES: Readonly<Record<string, string>> = {
  gif: "image/gif",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
};

/** Reads the artifact files of instances. */
export class InstanceFiles {
  readonly #run: RunReader;
  readonly #instances: InstanceTable;
  /** Of each place, whether it has a directory. */
  readonly #dirs: Uint8Array;
  readonly #taken = { passed: 0, others: 0 };

  /** Use {@linkcode InstanceFiles.find}. */
  constructor(run: RunReader, instances: InstanceTable, dirs: Uint8Array) {
    this.#run = run;
    this.#instances = instances;
    this.#dirs = dirs;
  }

  /** Finds out which instances have files: most have none. */
  static async find(
    run: RunReader,
    instances: InstanceTable,
  ): Promise<InstanceFiles> {
    const dirs = new Uint8Array(instances.length);
    const dir = join(run.path, FILES.artifacts);
    await readGuard(dir, async () => {
      if (!(await run.fs.stat(dir))?.isDirectory) return;
      for await (const { name } of run.fs.list(dir)) {
        const place = instances.placeOf(name);
        if (place !== -1) dirs[place] = 1;
      }
    });
    return new InstanceFiles(run, instances, dirs);
  }

  /** Whether an instance has files. */
  has(place: number): boolean {
    return this.#dirs[place] === 1;
  }

  /** The files of an instance, with the content of images. */
  async of(id: string, place: number): Promise<ReportFile[]> {
    if (!isSafeName(id)) return [];
    const { fs, path: run } = this.#run;
    const dir = join(run, FILES.artifacts, id);
    return await readGuard(dir, async () => {
      const files: ReportFile[] = [];
      if (!(await fs.stat(dir))?.isDirectory) return files;
      for await (const { name, isFile } of fs.list(dir)) {
        if (!isFile) continue;
        const path = artifactPath(id, name);
        const bytes = (await fs.stat(join(run, path)))?.size ?? 0;
        const type = IMAGE_TYPES[name.split(".").at(-1)!.toLowerCase()];
        const content = type && await this.#contentOf(path, place);
        const image = content && { type, base64: encodeBase64(content) };
        files.push({ path, bytes, ...(image && { image }) });
      }
      return files.sort((a, b) => a.path < b.path ? -1 : 1);
    });
  }

  /** A request or a response; undefined where its file is not taken. */
  async message(path: string, place: number): Promise<JsonValue | undefined> {
    const bytes = await this.#contentOf(path, place);
    if (!bytes) return undefined;
    const text = new TextDecoder().decode(bytes);
    try {
      return parseJson(text) as JsonValue;
    } catch {
      return text;
    }
  }

  /** Undefined where the file is too large, missing, or one too many. */
  async #contentOf(
    path: string,
    place: number,
  ): Promise<Uint8Array | undefined> {
    const { fs, path: run } = this.#run;
    const file = join(run, path);
    const kind = VERDICTS[this.#instances.verdict[place]!] === "passed"
      ? "passed"
      : "others";
    return await readGuard(file, async () => {
      const info = await fs.stat(file);
      if (!info?.isFile || info.size > FILE_BYTES_MAX) return undefined;
      if (this.#taken[kind]++ >= FILES_MAX) return undefined;
      return await readFile(fs, file);
    });
  }
}
