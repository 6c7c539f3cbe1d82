/**
 * The tree of a run against the format, and artifact files against the steps
 * that name them.
 *
 * @module
 */
import { isLockFileName } from "../storage/lock.ts";
import { join } from "@std/path/join";
import type { DirectoryEntry, FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { parseJson } from "../json/value.ts";
import { TEMPORARY_SUFFIX } from "../storage/atomic_file.ts";
import {
  FILES,
  isSystemFile,
  movedFrom,
  type RunPaths,
  stepFileNumber,
} from "../format/layout.ts";
import { isSafeName } from "../format/names.ts";
import { readFile } from "../storage/read_file.ts";
import type { StepRecord } from "../format/records.ts";
import type { StepOrder } from "./instance_ledger.ts";
import type { Problems } from "./report.ts";

/** Files that are looked at side by side. */
const FILES_AT_ONCE = 16;

/** A larger request or response is looked for, and not parsed. */
const PARSED_BYTES_MAX = 16 * 1024 * 1024;

/** Larger ones than this are parsed one after the other. */
const PARSED_AT_ONCE_BYTES_MAX = 256 * 1024;

/** The artifacts of one run. */
export class ArtifactTree {
  /** How many artifact files there are. */
  artifacts = 0;
  /** How many of them, other than those of steps, are empty. */
  emptyArtifacts = 0;
  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #problems: Problems;
  /** Directories of files that were moved aside, by instance. */
  readonly #moved = new Map<string, string[]>();
  #isThere = false;
  /** Whether something else stands in its place, such as a link. */
  #isMisplaced = false;
  /** What stands where directories of instances do, such as links. */
  readonly #notEntered = new Set<string>();
  #parsing: Promise<void> = Promise.resolve();

  constructor(fs: FileSystem, paths: RunPaths, problems: Problems) {
    this.#fs = fs;
    this.#paths = paths;
    this.#problems = problems;
  }

  /**
   * Lists the entries of the run, and the directories of instances.
   *
   * @param isHeld Whether the run has a writer, and may have what goes with it.
   */
  async list(isHeld: boolean): Promise<void> {
    const { run, artifacts } = this.#paths;
    const known = new Set<string>(Object.values(FILES));
    await this.#forEachInOrder(run, ({ name, isDirectory, isFile }) => {
      const isPassing = isLockFileName(name) ||
        name.endsWith(TEMPORARY_SUFFIX);
      if (known.has(name) || (isHeld && isPassing)) {
        if (isDirectory || isFile) return;
        return this.#unknown(join(run, name), "is a link, a pipe or a device");
      }
      this.#unknown(
        join(run, name),
        isPassing
          ? "is left of a writer that has gone: recoverRun() removes it"
          : "is nothing that the format knows",
      );
    });
    const info = await readGuard(artifacts, () => this.#fs.stat(artifacts));
    this.#isMisplaced = info?.isDirectory === false;
    // Empty, it may have been left behind: git and CI keep no empty directories.
    if (!info) return;
    if (!info.isDirectory) {
      this.#problems.add(
        "CORRUPT_FILE",
        artifacts,
        `"${artifacts}" is not a directory`,
      );
      return;
    }
    this.#isThere = true;
    await this.#forEachEntry(artifacts, ({ name, isDirectory }) => {
      if (!isDirectory || !isSafeName(name)) {
        this.#notEntered.add(name);
        this.#unknown(join(artifacts, name), "is no directory of an instance");
        return;
      }
      const instance_id = movedFrom(name);
      if (instance_id === undefined) return;
      const moved = this.#moved.get(instance_id);
      if (moved) moved.push(name);
      else this.#moved.set(instance_id, [name]);
    });
  }

  /** Lists the files of instances, whose steps are known by now. */
  async listFiles(order: StepOrder): Promise<void> {
    if (!this.#isThere) return;
    const { artifacts } = this.#paths;
    await this.#forEachEntry(artifacts, async ({ name, isDirectory }) => {
      if (!isDirectory || !isSafeName(name)) return;
      const steps = order.isCompleted(name) && !order.hasGaps
        ? order.stepCount(name)
        : Infinity;
      await this.#listInstance(join(artifacts, name), steps);
    });
  }

  /** Looks for the files that steps name. */
  async verify(steps: StepRecord[], order: StepOrder): Promise<void> {
    const named: { step: StepRecord; path: string }[] = [];
    for (const step of steps) {
      for (const path of step.artifacts) named.push({ step, path });
    }
    for (let i = 0; i < named.length; i += FILES_AT_ONCE) {
      const group = named.slice(i, i + FILES_AT_ONCE);
      await Promise.all(
        group.map(({ step, path }) => this.#find(step, path, order)),
      );
    }
  }

  async #listInstance(dir: string, steps: number): Promise<void> {
    await this.#forEachInOrder(dir, async ({ name, isFile }) => {
      const file = join(dir, name);
      if (!isFile) return this.#unknown(file, "is no artifact file");
      this.artifacts++;
      const number = stepFileNumber(name);
      if (number !== undefined) {
        if (number > steps) this.#unknown(file, "belongs to no step");
        return;
      }
      const info = await readGuard(file, () => this.#fs.stat(file));
      if (info?.size === 0) this.emptyArtifacts++;
    });
  }

  async #find(
    step: StepRecord,
    path: string,
    order: StepOrder,
  ): Promise<void> {
    const { instance_id } = step;
    const [top, dir, name, ...more] = path.split("/");
    const isOwn = top === FILES.artifacts && dir === instance_id &&
      isSafeName(dir) && name !== undefined && isSafeName(name) &&
      more.length === 0;
    if (!isOwn) {
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
    // The files of an earlier attempt were moved aside; where none completed,
    // those of the latest may have been, too.
    const moved = this.#moved.get(dir) ?? [];
    const places = !order.isCompleted(dir)
      ? [dir, ...moved]
      : order.isMain(dir, step.correlation_id)
      ? [dir]
      : moved;
    for (const place of places) {
      if (this.#isMisplaced || this.#notEntered.has(place)) continue;
      const file = join(this.#paths.artifacts, place, name);
      const info = await readGuard(file, () => this.#fs.stat(file));
      if (!info?.isFile) continue;
      if (stepFileNumber(name) === undefined) return;
      if (info.size <= PARSED_AT_ONCE_BYTES_MAX) {
        return await this.#parse(file, instance_id);
      }
      if (info.size > PARSED_BYTES_MAX) return;
      return await (this.#parsing = this.#parsing.then(() =>
        this.#parse(file, instance_id)
      ));
    }
    this.#problems.add(
      "ARTIFACT_MISSING",
      join(this.#paths.run, path),
      `Step ${step.step_index} of instance "${instance_id}" names "${path}", which is not there`,
      instance_id,
    );
  }

  async #parse(file: string, instance_id: string): Promise<void> {
    const bytes = await readGuard(file, () => readFile(this.#fs, file));
    try {
      parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
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

  /** One after the other, in no order: there may be millions of instances. */
  async #forEachEntry(
    dir: string,
    look: (entry: DirectoryEntry) => void | Promise<void>,
  ): Promise<void> {
    await readGuard(dir, async () => {
      for await (const entry of this.#fs.list(dir)) {
        if (!isSystemFile(entry.name)) await look(entry);
      }
    });
  }

  /** In the order of their names, so that a report is the same each time. */
  async #forEachInOrder(
    dir: string,
    look: (entry: DirectoryEntry) => void | Promise<void>,
  ): Promise<void> {
    const entries: DirectoryEntry[] = [];
    await this.#forEachEntry(dir, (entry) => void entries.push(entry));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries) await look(entry);
  }
}
