/**
 * Verifies the directory tree and the artifact files of a run.
 *
 * @module
 */
import { join } from "@std/path/join";
import pLimit from "p-limit";
import {
  FILES,
  isOwnFileName,
  isSystemFile,
  movedFrom,
  type RunPaths,
  stepFileNumber,
} from "../format/layout.ts";
import type { ReadonlyInstanceIds } from "../format/instance_ids.ts";
import { isSafeName } from "../format/names.ts";
import type { StepRecord } from "../format/records.ts";
import { isTooComplex } from "../json/parsed_size.ts";
import { parseJson } from "../json/value.ts";
import { TEMPORARY_SUFFIX } from "../storage/atomic_file.ts";
import type { DirectoryEntry, FileSystem } from "../storage/file_system.ts";
import { readGuard } from "../storage/io_errors.ts";
import { isLockFileName } from "../storage/lock_file.ts";
import { readFile } from "../storage/read_file.ts";
import { messagePlaces, namedPaths } from "../format/step_message.ts";
import type { InstanceLedger } from "../read/internal.ts";
import type { Problems } from "./report.ts";

/** Files that are read at once. */
const FILES_AT_ONCE = 16;

/** A request or response larger than this is not parsed. */
const PARSED_BYTES_MAX = 16 * 1024 * 1024;

/** Larger ones than this are parsed one after the other. */
const PARSED_AT_ONCE_BYTES_MAX = 256 * 1024;

/** Verifies the directory and the artifact files of one run. */
export class ArtifactVerifier {
  /** Number of artifact files. */
  fileCount = 0;
  /** Number of them, other than those of steps, that are empty. */
  emptyCount = 0;
  readonly #fs: FileSystem;
  readonly #paths: RunPaths;
  readonly #problems: Problems;
  readonly #ledger: InstanceLedger;
  readonly #passed: ReadonlyInstanceIds;
  /** Directories with the files of earlier attempts, by instance. */
  readonly #moved = new Map<string, string[]>();
  #artifactsEntry: "directory" | "missing" | "other" = "missing";
  /** Entries of `artifacts/` that are not directories of instances. */
  readonly #notEntered = new Set<string>();
  readonly #limit = pLimit(FILES_AT_ONCE);
  readonly #largeFileLimit = pLimit(1);

  /**
   * @param ledger Has the instances and steps that were read so far.
   * @param passed The instances that passed.
   */
  constructor(
    fs: FileSystem,
    paths: RunPaths,
    problems: Problems,
    ledger: InstanceLedger,
    passed: ReadonlyInstanceIds,
  ) {
    this.#fs = fs;
    this.#paths = paths;
    this.#problems = problems;
    this.#ledger = ledger;
    this.#passed = passed;
  }

  /**
   * Reports unknown entries of the run directory and of `artifacts/`.
   *
   * @param isHeld Whether the run has a writer, whose lock and temporary files
   * may be there.
   */
  async verifyEntries(isHeld: boolean): Promise<void> {
    const { run, artifacts } = this.#paths;
    const known = new Set<string>(Object.values(FILES));
    await this.#forEachSorted(run, ({ name, isDirectory, isFile }) => {
      const isOfWriter = isLockFileName(name) ||
        name.endsWith(TEMPORARY_SUFFIX);
      if (known.has(name) || (isHeld && isOfWriter)) {
        if (isDirectory || isFile) return;
        this.#addUnknown(join(run, name), "is a link, a pipe or a device");
        return;
      }
      this.#addUnknown(
        join(run, name),
        isOfWriter
          ? "was left by a writer that has ended; recoverRun() removes it"
          : "is not part of the format",
      );
    });
    const info = await readGuard(artifacts, () => this.#fs.stat(artifacts));
    // An empty one may be missing: git and CI drop empty directories.
    if (!info) return;
    if (!info.isDirectory) {
      this.#artifactsEntry = "other";
      this.#problems.add(
        "CORRUPT_FILE",
        artifacts,
        `"${artifacts}" is not a directory`,
      );
      return;
    }
    this.#artifactsEntry = "directory";
    await this.#forEachEntry(artifacts, ({ name, isDirectory }) => {
      if (!isDirectory || !isSafeName(name)) {
        this.#notEntered.add(name);
        this.#addUnknown(
          join(artifacts, name),
          "is not a directory of an instance",
        );
        return;
      }
      const instance_id = movedFrom(name);
      if (instance_id === undefined) return;
      const moved = this.#moved.get(instance_id);
      if (moved) moved.push(name);
      else this.#moved.set(instance_id, [name]);
    });
  }

  /** Reports files that steps name and that are missing, empty or not JSON. */
  async verifyNamed(steps: StepRecord[]): Promise<void> {
    const named = steps.flatMap((step) =>
      namedPaths(step).map((path) => ({ step, path }))
    );
    try {
      await Promise.all(
        named.map(({ step, path }) =>
          this.#limit(() => this.#verifyNamedFile(step, path))
        ),
      );
    } finally {
      // After a failure nothing more is read.
      this.#limit.clearQueue();
    }
  }

  /** Counts the files of instances, and reports those of no step. */
  async verifyFiles(): Promise<void> {
    if (this.#artifactsEntry !== "directory") return;
    const { artifacts } = this.#paths;
    await this.#forEachEntry(artifacts, async ({ name, isDirectory }) => {
      if (!isDirectory || !isSafeName(name)) return;
      const isCounted = this.#ledger.isCompleted(name) && !this.#ledger.hasGaps;
      const stepCount = isCounted ? this.#ledger.stepCount(name) : Infinity;
      await this.#verifyInstanceFiles(join(artifacts, name), stepCount);
    });
  }

  async #verifyInstanceFiles(dir: string, stepCount: number): Promise<void> {
    await this.#forEachSorted(dir, async ({ name, isFile }) => {
      const file = join(dir, name);
      if (!isFile) {
        this.#addUnknown(file, "is not an artifact file");
        return;
      }
      this.fileCount++;
      const number = stepFileNumber(name);
      if (number !== undefined) {
        if (number > stepCount) this.#addUnknown(file, "belongs to no step");
        return;
      }
      const info = await readGuard(file, () => this.#fs.stat(file));
      if (info?.size === 0) this.emptyCount++;
    });
  }

  async #verifyNamedFile(step: StepRecord, path: string): Promise<void> {
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
        }, which is not a path of an artifact of that instance`,
        instance_id,
      );
      return;
    }
    for (const place of this.#directoriesOf(step)) {
      if (this.#artifactsEntry === "other" || this.#notEntered.has(place)) {
        continue;
      }
      const file = join(this.#paths.artifacts, place, name);
      const info = await readGuard(file, () => this.#fs.stat(file));
      if (!info?.isFile) continue;
      if (isOwnFileName(name)) {
        await this.#verifyJson(file, info.size, instance_id);
      }
      return;
    }
    if (this.#mayBeGone(step, path)) return;
    this.#problems.add(
      "ARTIFACT_MISSING",
      join(this.#paths.run, path),
      `Step ${step.step_index} of instance "${instance_id}" names "${path}", which does not exist`,
      instance_id,
    );
  }

  /**
   * Where the files of a step may be. Those of an earlier attempt were moved
   * aside; where no attempt completed, those of the latest may have been, too.
   */
  #directoriesOf({ instance_id, correlation_id }: StepRecord): string[] {
    const moved = this.#moved.get(instance_id) ?? [];
    if (!this.#ledger.isCompleted(instance_id)) return [instance_id, ...moved];
    return this.#ledger.isMain(instance_id, correlation_id)
      ? [instance_id]
      : moved;
  }

  /**
   * Whether a file of `requests: "on-failure"` need not be there: its instance
   * passed, or was open when its writer crashed.
   */
  #mayBeGone(step: StepRecord, path: string): boolean {
    const { instance_id, correlation_id } = step;
    const place = messagePlaces(step).find((place) => place.path === path);
    return place?.isOptional === true && (this.#passed.has(instance_id) ||
      !this.#ledger.isCompleted(instance_id) ||
      !this.#ledger.isMain(instance_id, correlation_id));
  }

  async #verifyJson(
    file: string,
    size: number,
    instance_id: string,
  ): Promise<void> {
    if (size > PARSED_BYTES_MAX) return;
    const isJson = size > PARSED_AT_ONCE_BYTES_MAX
      ? await this.#largeFileLimit(() => this.#isJson(file))
      : await this.#isJson(file);
    if (isJson) return;
    this.#problems.add(
      "ARTIFACT_BROKEN",
      file,
      `"${file}" is ${
        size === 0 ? "empty" : "not JSON"
      }, as after a power loss; with durability "record" or syncArtifacts it would have been synced`,
      instance_id,
    );
  }

  async #isJson(file: string): Promise<boolean> {
    const bytes = await readGuard(file, () => readFile(this.#fs, file));
    if (isTooComplex(bytes)) return true; // Not looked at, as one that is larger.
    try {
      parseJson(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
      return true;
    } catch {
      return false;
    }
  }

  #addUnknown(path: string, problem: string): void {
    this.#problems.add("UNKNOWN_ENTRY", path, `"${path}" ${problem}`);
  }

  /** Calls back in no order: there may be millions of entries. */
  async #forEachEntry(
    dir: string,
    onEntry: (entry: DirectoryEntry) => void | Promise<void>,
  ): Promise<void> {
    await readGuard(dir, async () => {
      for await (const entry of this.#fs.list(dir)) {
        if (!isSystemFile(entry.name)) await onEntry(entry);
      }
    });
  }

  /** Calls back in the order of names, so that reports of one run are equal. */
  async #forEachSorted(
    dir: string,
    onEntry: (entry: DirectoryEntry) => void | Promise<void>,
  ): Promise<void> {
    const entries: DirectoryEntry[] = [];
    await this.#forEachEntry(dir, (entry) => void entries.push(entry));
    entries.sort((a, b) => a.name < b.name ? -1 : 1);
    for (const entry of entries) await onEntry(entry);
  }
}
