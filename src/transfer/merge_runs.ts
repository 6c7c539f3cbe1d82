/**
 * Makes one run of several: of shards, or of workers.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import * as v from "valibot";
import { fileSystemOf } from "../adapters/mod.ts";
import { assertOptions, invalidOption, TextOption } from "../check/options.ts";
import { runPaths } from "../format/layout.ts";
import { assertSafeName } from "../format/names.ts";
import type { Manifest, Summary } from "../format/records.ts";
import { prettyJson } from "../json/value.ts";
import { ensureDurableDir } from "../record/internal.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import { confineTo } from "../storage/confined.ts";
import type { FileSystem } from "../storage/file_system.ts";
import { readGuard, writeGuard } from "../storage/io_errors.ts";
import { sealRun } from "../seal/mod.ts";
import { FileSystemOption } from "../storage/options.ts";
import { assertFree, makeAside } from "./make_aside.ts";
import {
  mergeArtifacts,
  type MergedArtifacts,
  type RunFiles,
  syncArtifacts,
} from "./merge_artifacts.ts";
import { countSources, type MergedCounts } from "./merge_counts.ts";
import { LineMerger, linesOf } from "./lines.ts";
import {
  commonPermissions,
  mergedManifest,
  statusOf,
} from "./merge_manifest.ts";
import {
  assertTogether,
  commonRunId,
  type MergeSource,
  openSources,
  refused,
} from "./merge_sources.ts";

/** How {@linkcode mergeRuns} merges. */
export interface MergeRunsOptions {
  /** Directory of the new run. Default: that of the first run. */
  dir?: string;
  /** Id of the new run. Default: the one that the shards were given. */
  run_id?: string;
  /** Merges what there is where shards are missing. Default: false. */
  allowMissing?: boolean;
  /** The file system. Default: that of the runtime. */
  fs?: FileSystem;
}

const MergeRunsOptionsSchema: v.GenericSchema<MergeRunsOptions> = v
  .strictObject({
    dir: v.optional(TextOption),
    run_id: v.optional(TextOption),
    allowMissing: v.optional(v.boolean()),
    fs: FileSystemOption,
  });

/** A run that {@linkcode mergeRuns} made. */
export interface MergedRun {
  /** Path of the run directory. */
  path: string;
  /** Id of the run. */
  run_id: string;
  /** Its totals. */
  summary: Summary;
  /** Numbers of the shards that are missing. */
  missingShards: number[];
  /** How its artifact files were taken over. */
  artifacts: MergedArtifacts;
}

/**
 * Makes one run of several that share the work: shards (see the option `shard` of
 * `createRun`) or runs of workers, completed, interrupted or recovered. Lines
 * are copied without being parsed, artifact files get a second name (a hard link)
 * or are copied, latencies add up exactly. What is open in a shard is open in the
 * new run. The runs stay as they are.
 *
 * The new run is `"completed"` where all are, and none is missing. Its fingerprint
 * is that of the same work recorded by one process. It is made aside, in
 * `.<run id>.new`, and gets its name when it is durable: a crash leaves no half
 * run, and the next merge removes what was left.
 *
 * @param paths Their run directories, in any order.
 * @throws {ArtifactError} `MERGE_REFUSED` where they differ in seed, config, system
 * under test, durability or number of shards, share an id, are still being
 * written, or one is missing or damaged; `RUN_EXISTS`; `RUN_LOCKED` where another
 * process merges into that run; `INVALID_OPTION`, `CORRUPT_LINE`, `CORRUPT_FILE`,
 * `RUN_NOT_FOUND`, `READ_FAILED`, `WRITE_FAILED`. Nothing is left of the new run.
 *
 * @example
 * ```ts
 * import { createRun, mergeRuns } from "@windtunnel/artifacts";
 *
 * const paths: string[] = [];
 * for (const index of [1, 2]) {
 *   const shard = await createRun({
 *     sut_name: "ecommerce",
 *     run_id: "nightly",
 *     shard: { index, count: 2 },
 *   });
 *   await shard.startInstance({ scenario_id: "checkout" }).complete();
 *   await shard.finalize();
 *   paths.push(shard.path);
 * }
 * const { run_id, summary } = await mergeRuns(paths);
 * console.log(run_id, summary.total_instances); // nightly 2
 * ```
 */
export async function mergeRuns(
  paths: readonly string[],
  options: MergeRunsOptions = {},
): Promise<MergedRun> {
  assertOptions("mergeRuns", MergeRunsOptionsSchema, options);
  if (!Array.isArray(paths)) {
    throw invalidOption(
      "mergeRuns",
      "paths",
      "must be a list of run directories",
    );
  }
  const fs = await fileSystemOf(options.fs);
  const sources = await openSources(paths, fs);
  const missingShards = assertTogether(sources, options.allowMissing ?? false);
  const run_id = options.run_id ?? commonRunId(sources);
  if (run_id === undefined) {
    throw invalidOption(
      "mergeRuns",
      "run_id",
      "is missing, and the runs are not shards of one run id",
    );
  }
  assertSafeName("a run id", run_id);
  const dir = options.dir ?? dirname(join(paths[0]!, "."));
  const path = join(dir, run_id);
  await assertFree(fs, path);
  const counts = await countSources(sources);
  const manifest = mergedManifest(sources, run_id);
  const status = statusOf(sources, missingShards);
  await ensureDurableDir(fs, dir);
  const { summary, artifacts } = await writeGuard(
    path,
    () =>
      makeAside(
        fs,
        path,
        (aside) => build(fs, aside, { sources, counts, manifest, status }),
      ),
  );
  return { path, run_id, summary, missingShards, artifacts };
}

/** What a merged run is made of. */
interface Parts {
  sources: readonly MergeSource[];
  counts: MergedCounts;
  manifest: Manifest;
  status: Summary["status"];
}

/** Writes the run. */
async function build(
  system: FileSystem,
  path: string,
  { sources, counts, manifest, status }: Parts,
): Promise<Pick<MergedRun, "summary" | "artifacts">> {
  const mode = await commonPermissions(sources);
  const paths = runPaths(path);
  const fs = confineTo(system, path, mode);
  await fs.makeDir(path);
  await fs.makeDir(paths.artifacts);
  for (const file of ["steps", "assertions", "instances"] as const) {
    await mergeLines(sources, counts, { fs, paths }, file, manifest.run_id);
  }
  if (counts.starts.length > 0) {
    const { run_id } = manifest;
    const starts = counts.starts.map((start) => ({ ...start, run_id }));
    await writeAtomically(fs, paths.started, linesOf(starts));
  }
  const artifacts = { linked: 0, copied: 0 };
  for (const source of sources) {
    await mergeArtifacts(source, { fs, paths }, artifacts);
  }
  await syncArtifacts({ fs, paths });
  await writeAtomically(fs, paths.manifest, prettyJson(manifest));
  const summary = counts.tally.summary(
    manifest,
    status,
    counts.completed_at,
    counts.incompleteCount,
    await readGuard(path, () => sealRun(fs, paths, counts.artifacts)),
  );
  await writeAtomically(fs, paths.summary, prettyJson(summary));
  return { summary, artifacts };
}

async function mergeLines(
  sources: readonly MergeSource[],
  { lines }: MergedCounts,
  { fs, paths }: RunFiles,
  file: "steps" | "assertions" | "instances",
  run_id: string,
): Promise<void> {
  const handle = await fs.open(paths[file], "create-new");
  try {
    const merger = new LineMerger(handle, run_id);
    for (const source of sources) {
      const from = source.paths[file];
      const found = await merger.append(source.fs, from, source.run.run_id);
      const expected = lines.get(source)![file];
      if (found === expected) continue;
      throw refused(
        `"${from}" has ${found} lines, and should have ${expected}: the run is damaged, or was changed meanwhile`,
      );
    }
    await merger.flush();
    await handle.sync();
  } finally {
    await handle.close();
  }
}
