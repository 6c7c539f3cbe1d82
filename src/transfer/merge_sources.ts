/**
 * The runs that are merged, and whether they belong together.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { type RunPaths, runPaths, unshardedRunId } from "../format/layout.ts";
import { InstanceIds } from "../format/instance_ids.ts";
import { caseFolded } from "../format/names.ts";
import type { Manifest, StartRecord } from "../format/records.ts";
import { compareValues } from "../json/diff.ts";
import { compactJson } from "../json/preview.ts";
import type { JsonValue } from "../json/value.ts";
import { openRun, type RunReader } from "../read/mod.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { UNCHECKED } from "../storage/lock.ts";

/** A run that is merged with others. */
export interface MergeSource {
  /** The run. */
  run: RunReader;
  /** Its file system, confined to it. */
  fs: FileSystem;
  /** Where its files are. */
  paths: RunPaths;
}

/** Fields of the manifest that runs of one work have in common. */
const COMMON = [
  "format_version",
  "sut_name",
  "seed",
  "config",
  "durability",
] as const;

/**
 * Opens the runs, in the order of their shards.
 *
 * @throws {ArtifactError} `MERGE_REFUSED`, and as `openRun`
 */
export async function openSources(
  paths: readonly string[],
  fs: FileSystem,
): Promise<MergeSource[]> {
  const sources: MergeSource[] = [];
  for (const path of paths) {
    const run = await openRun(path, { fs });
    if (run.state === "running") {
      throw refused(
        run.writer?.running
          ? `"${path}" is still being written: wait until it ends`
          : `"${path}" may still be written: there is a lock of a writer, and ${UNCHECKED}; if you know that it has gone, recover the run first, with takeOver: true or wta recover --take-over`,
      );
    }
    sources.push({ run, fs: run.fs, paths: runPaths(path) });
  }
  return sources.sort((a, b) => placeOf(a) - placeOf(b) || byId(a, b));
}

function placeOf({ run }: MergeSource): number {
  return run.manifest.shard?.index ?? 0;
}

function byId({ run: a }: MergeSource, { run: b }: MergeSource): number {
  return a.run_id < b.run_id ? -1 : 1;
}

/**
 * Throws unless the runs are parts of the same work, each given once.
 *
 * @returns The numbers of shards that are missing, where that is allowed.
 * @throws {ArtifactError} `MERGE_REFUSED`
 */
export function assertTogether(
  sources: readonly MergeSource[],
  allowMissing: boolean,
): number[] {
  const [first, ...others] = sources.map(({ run }) => run);
  if (!first) {
    throw refused(
      "there is no run to merge: give the paths of their directories",
    );
  }
  for (const other of others) assertAlike(first, other);
  assertOnce(sources);
  const missing = missingShards(sources);
  if (missing.length > 0 && !allowMissing) {
    const { count } = first.manifest.shard!;
    const are = missing.length === 1 ? "is" : "are";
    throw refused(
      `${
        listed(missing)
      } of ${count} ${are} missing; allow missing shards to merge what there is`,
    );
  }
  return missing;
}

function assertAlike(first: RunReader, other: RunReader): void {
  for (const field of COMMON) {
    const [difference] = compareValues(
      { [field]: first.manifest[field] as JsonValue },
      { [field]: other.manifest[field] as JsonValue },
    ).differences;
    if (!difference) continue;
    const { path, recorded, actual } = difference;
    throw refused(
      `"${first.path}" and "${other.path}" are runs of different work: ${path} is ${
        shown(recorded)
      } in one and ${shown(actual)} in the other`,
    );
  }
  const [a, b] = [first.manifest.shard, other.manifest.shard];
  if (a?.count !== b?.count) {
    throw refused(
      `"${first.path}" is ${shardText(a)}, and "${other.path}" ${shardText(b)}`,
    );
  }
}

function shown(value: JsonValue | undefined): string {
  return value === undefined ? "missing" : compactJson(value);
}

function shardText(shard: Manifest["shard"]): string {
  return shard ? `one of ${shard.count} shards` : "no shard";
}

function assertOnce(sources: readonly MergeSource[]): void {
  const seen = new Map<string, RunReader>();
  for (const { run } of sources) {
    const { shard, run_id } = run.manifest;
    const keys = [`run "${run_id}"`];
    if (shard) keys.push(`shard ${shard.index} of ${shard.count}`);
    for (const key of keys) {
      const other = seen.get(key);
      if (other) {
        throw refused(`"${other.path}" and "${run.path}" are both ${key}`);
      }
      seen.set(key, run);
    }
  }
}

function missingShards(sources: readonly MergeSource[]): number[] {
  const count = sources[0]?.run.manifest.shard?.count ?? 0;
  const there = new Set(sources.map(placeOf));
  const missing: number[] = [];
  for (let index = 1; index <= count; index++) {
    if (!there.has(index)) missing.push(index);
  }
  return missing;
}

function listed(numbers: number[]): string {
  const some = numbers.slice(0, 20).join(", ") +
    (numbers.length > 20 ? ", …" : "");
  return numbers.length === 1 ? `shard ${some}` : `shards ${some}`;
}

/**
 * The id that the shards were made from: `run_20240115_001`; undefined where they
 * do not all say the same.
 */
export function commonRunId(
  sources: readonly MergeSource[],
): string | undefined {
  const ids = new Set(
    sources.map(({ run }) =>
      run.manifest.shard ? unshardedRunId(run.run_id) : ""
    ),
  );
  const [id] = ids;
  return ids.size === 1 && id !== "" ? id : undefined;
}

/** Detects ids that instances of two runs have in common. */
export class MergedIds {
  readonly #sources: readonly MergeSource[];
  readonly #ids = new InstanceIds();

  /** @param sources The runs, in the order in which their ids are added. */
  constructor(sources: readonly MergeSource[]) {
    this.#sources = sources;
  }

  /** Adds an instance, unless its id, in any case, is there already. */
  add(instance_id: string): boolean {
    const id = caseFolded(instance_id);
    if (this.#ids.has(id)) return false;
    this.#ids.add(id);
    return true;
  }

  /** The error for an instance of a run that could not be added. */
  async clash(
    source: MergeSource,
    instance_id: string,
  ): Promise<ArtifactError> {
    const other = await this.#runWith(caseFolded(instance_id), source);
    return refused(
      `instance ${
        JSON.stringify(instance_id)
      } is in "${other.path}" and in "${source.run.path}": record them with \`shard\`, or with instance ids of their own`,
    );
  }

  async #runWith(id: string, last: MergeSource): Promise<RunReader> {
    for (const { run } of this.#sources) {
      if (run === last.run) break;
      for (const records of [run.instances(), run.started()]) {
        for await (
          const { instance_id } of records as AsyncIterable<StartRecord>
        ) {
          if (caseFolded(instance_id) === id) return run;
        }
      }
    }
    return last.run; // It has the id twice.
  }
}

/** The error for runs that cannot be merged. */
export function refused(problem: string): ArtifactError {
  return new ArtifactError("MERGE_REFUSED", `Cannot merge: ${problem}`);
}
