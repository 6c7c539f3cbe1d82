/**
 * Counts what the runs of a merge hold, before a byte is written.
 *
 * @module
 */
import { loadSha256 } from "../adapters/mod.ts";
import { FILES, type RunPaths } from "../format/layout.ts";
import { ArtifactsSum, sealArtifacts, sealFile } from "../seal/mod.ts";
import type { ArtifactsSeal, StartRecord } from "../format/records.ts";
import { OTHER_SCENARIOS } from "../format/scenario_rows.ts";
import { readGuard } from "../storage/io_errors.ts";
import { Tally } from "../format/tally.ts";
import { MergedIds, type MergeSource, refused } from "./merge_sources.ts";

/** Number of lines in each file of a run. */
export type LineCounts = Record<
  keyof Pick<RunPaths, "instances" | "steps" | "assertions">,
  number
>;

/** What the merged run holds. */
export interface MergedCounts {
  /** All records, counted. */
  tally: Tally;
  /** Lines of each run. */
  lines: Map<MergeSource, LineCounts>;
  /** What was started and did not complete. */
  starts: StartRecord[];
  /** Number of instances that did not complete. */
  incompleteCount: number;
  /** The seal of all their artifact files, as the runs have it. */
  artifacts: ArtifactsSeal;
  /** When the last of the runs ended. */
  completed_at: string;
}

/**
 * Reads the instances of the runs, and counts the rest by their summaries: of a run
 * without one, or of more scenarios than it lists, by its lines.
 *
 * @throws {ArtifactError} `MERGE_REFUSED` where two runs share an id or one is
 * damaged, `CORRUPT_LINE`, `CORRUPT_FILE`, `READ_FAILED`
 */
export async function countSources(
  sources: readonly MergeSource[],
): Promise<MergedCounts> {
  const scenarios = sources.flatMap(({ run }) => run.manifest.scenario_ids);
  const counts: MergedCounts = {
    tally: new Tally(scenarios),
    lines: new Map(),
    starts: [],
    incompleteCount: 0,
    artifacts: new ArtifactsSum().seal(),
    completed_at: "",
  };
  const ids = new MergedIds(sources);
  const artifacts = new ArtifactsSum();
  for (const source of sources) {
    await countSource(source, ids, counts);
    artifacts.addSeal(await artifactsOf(source));
  }
  counts.artifacts = artifacts.seal();
  return counts;
}

async function countSource(
  source: MergeSource,
  ids: MergedIds,
  counts: MergedCounts,
): Promise<void> {
  const { run } = source;
  const { tally } = counts;
  const { summary, manifest } = run;
  await assertSealed(source);
  const lines: LineCounts = { instances: 0, steps: 0, assertions: 0 };
  let last = summary?.completed_at ?? manifest.timestamp;
  for await (const record of run.instances()) {
    const { instance_id, completed_at } = record;
    if (!ids.add(instance_id)) throw await ids.clash(source, instance_id);
    tally.addInstance(record);
    lines.instances++;
    if (!summary && completed_at > last) last = completed_at;
  }
  let started = 0;
  for await (const record of run.started()) {
    const { instance_id } = record;
    if (!ids.add(instance_id)) throw await ids.clash(source, instance_id);
    counts.starts.push(record);
    started++;
  }
  // A summary that joins some scenarios cannot give the counts of each.
  if (summary && !(OTHER_SCENARIOS in summary.scenarios)) {
    tally.addTotals(summary);
    lines.steps = summary.total_steps;
    lines.assertions = summary.total_assertions;
  } else {
    for await (const record of run.steps()) {
      tally.addStep(record);
      lines.steps++;
    }
    for await (const record of run.assertions()) {
      tally.addAssertion(record);
      lines.assertions++;
    }
  }
  counts.lines.set(source, lines);
  counts.incompleteCount += summary?.incomplete_count ?? started;
  if (last > counts.completed_at) counts.completed_at = last;
}

/** The seal of the run; for an interrupted one, that of its files as they are. */
async function artifactsOf({ run, fs, paths }: MergeSource): Promise<
  ArtifactsSeal
> {
  return run.summary?.files.artifacts ??
    await readGuard(paths.artifacts, () => sealArtifacts(fs, paths));
}

/** Throws unless the lines of a run that ended are those that were sealed. */
async function assertSealed({ run, fs, paths }: MergeSource): Promise<void> {
  if (!run.summary) return;
  const newSha256 = await loadSha256();
  for (const name of ["instances", "steps", "assertions"] as const) {
    const sealed = run.summary.files[FILES[name]];
    const found = await readGuard(
      paths[name],
      () => sealFile(fs, paths[name], newSha256),
    );
    if (found.sha256 === sealed.sha256) continue;
    throw refused(
      `"${
        paths[name]
      }" changed after its run ended: it has ${found.lines} lines, ${sealed.lines} were sealed: verify the run with verifyRun()`,
    );
  }
}
