/**
 * The tree of a run against the format, and artifact files against the steps
 * that name them.
 *
 * @module
 */
import { join } from "@std/path/join";
import type { FileSystem } from "./file_system.ts";
import { readGuard } from "./io_errors.ts";
import {
  FILES,
  isLockFileName,
  isStepFileName,
  type RunPaths,
} from "./layout.ts";
import { isSafeName } from "./names.ts";
import { readFile } from "./read_file.ts";
import type { StepRecord } from "./records.ts";
import type { Problems } from "./verification_report.ts";

/** Files that are looked at side by side. */
const FILES_AT_ONCE = 16;

/** A larger request or response is looked for, and not parsed. */
const PARSED_BYTES_MAX = 64 * 1024 * 1024;

/** The artifacts of one run. */
export class ArtifactTree {
  /** How many artifact files there are. */
  artifacts = 0;
  /** How many of them, other than those of steps, are empty. */
  empty_artifacts = 0;
  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #problems: Problems;
  /** How often the files of an instance were moved aside, where they were. */
  readonly #earlier_attempts = new Map<string, number>();

  constructor(fs: FileSystem, paths: RunPaths, problems: Problems) {
    this.#fs = fs;
    this.#paths = paths;
    this.#problems = problems;
  }

  /**
   * Lists the whole tree.
   *
   * @param is_held Whether the run has a writer, and may have its lock.
   */
  async list(is_held: boolean): Promise<void> {
    const { run, artifacts } = this.#paths;
    const known = new Set<string>(Object.values(FILES));
    await this.#forEachEntry(run, (name) => {
      if (known.has(name) || (is_held && isLockFileName(name))) return;
      this.#unknown(
        join(run, name),
        isLockFileName(name)
          ? "is left of a writer that has gone: recoverRun() removes it"
          : "is nothing that the format knows",
      );
    });
    if (!await readGuard(artifacts, () => this.#fs.stat(artifacts))) {
      this.#problems.add(
        "CORRUPT_FILE",
        artifacts,
        `"${artifacts}" is missing, though every run has it`,
      );
      return;
    }
    await this.#forEachEntry(artifacts, async (name, is_directory) => {
      const dir = join(artifacts, name);
      if (!is_directory || !isSafeName(name)) {
        return this.#unknown(dir, "is no directory of an instance");
      }
      const [, of, attempt] = /^(.+)~(\d+)$/.exec(name) ?? [];
      if (of !== undefined) {
        const earlier = this.#earlier_attempts.get(of) ?? 0;
        this.#earlier_attempts.set(of, Math.max(earlier, Number(attempt)));
      }
      await this.#listInstance(dir);
    });
  }

  /** Looks for the files that steps name. */
  async verify(steps: StepRecord[]): Promise<void> {
    const named: { step: StepRecord; path: string }[] = [];
    for (const step of steps) {
      for (const path of step.artifacts) named.push({ step, path });
    }
    for (let i = 0; i < named.length; i += FILES_AT_ONCE) {
      const group = named.slice(i, i + FILES_AT_ONCE);
      await Promise.all(group.map(({ step, path }) => this.#find(step, path)));
    }
  }

  async #listInstance(dir: string): Promise<void> {
    await this.#forEachEntry(dir, async (name, is_directory) => {
      const file = join(dir, name);
      if (is_directory) return this.#unknown(file, "is no artifact file");
      this.artifacts++;
      if (isStepFileName(name)) return;
      const info = await readGuard(file, () => this.#fs.stat(file));
      if (info?.size === 0) this.empty_artifacts++;
    });
  }

  async #find(step: StepRecord, path: string): Promise<void> {
    const { instance_id } = step;
    const [top, dir, name, ...more] = path.split("/");
    const is_own = top === FILES.artifacts && dir === instance_id &&
      isSafeName(dir) && name !== undefined && isSafeName(name) &&
      more.length === 0;
    if (!is_own) {
      this.#problems.add(
        "ARTIFACT_MISSING",
        this.#paths.steps,
        `Step ${step.step_index} of instance "${instance_id}" names ${
          JSON.stringify(path)
        }, which is no path of an artifact of that instance`,
        instance_id,
      );
      return;
    }
    // What an earlier attempt names was moved aside when it was made again.
    const attempts = this.#earlier_attempts.get(dir) ?? 0;
    for (let attempt = 0; attempt <= attempts; attempt++) {
      const place = attempt === 0 ? dir : `${dir}~${attempt}`;
      const file = join(this.#paths.artifacts, place, name);
      const info = await readGuard(file, () => this.#fs.stat(file));
      if (!info || info.isDirectory) continue;
      if (isStepFileName(name)) await this.#parse(file, info.size, instance_id);
      return;
    }
    this.#problems.add(
      "ARTIFACT_MISSING",
      join(this.#paths.run, path),
      `Step ${step.step_index} of instance "${instance_id}" names "${path}", which is not there`,
      instance_id,
    );
  }

  async #parse(file: string, size: number, instance_id: string): Promise<void> {
    if (size > PARSED_BYTES_MAX) return;
    const bytes = await readGuard(file, () => readFile(this.#fs, file));
    try {
      JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    } catch {
      this.#problems.add(
        "ARTIFACT_BROKEN",
        file,
        `"${file}" is ${
          bytes.length === 0 ? "empty" : "no JSON"
        }, as after a power loss: durability "record" or syncArtifacts would have synced it`,
        instance_id,
      );
    }
  }

  #unknown(path: string, problem: string): void {
    this.#problems.add("UNKNOWN_ENTRY", path, `"${path}" ${problem}`);
  }

  async #forEachEntry(
    dir: string,
    look: (name: string, is_directory: boolean) => void | Promise<void>,
  ): Promise<void> {
    await readGuard(dir, async () => {
      for await (const { name, isDirectory } of this.#fs.list(dir)) {
        await look(name, isDirectory);
      }
    });
  }
}
