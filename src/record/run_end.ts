/**
 * Ends a run: writes its summary, closes its files and gives up its lock.
 *
 * @module
 */
import { thrownText } from "../errors.ts";
import type { Summary } from "../format/records.ts";
import { timestamp } from "../format/timestamp.ts";
import { prettyJson } from "../json/value.ts";
import { sealRun } from "../seal/mod.ts";
import { writeAtomically } from "../storage/atomic_file.ts";
import type { RunParts } from "./run_parts.ts";
import { keepIncompleteStarts } from "./started_file.ts";

/**
 * Writes the summary of a run of which everything is synced.
 *
 * @param incomplete Instances that were started and did not complete.
 * @returns The summary, durable.
 * @throws {ArtifactError} `RUN_TAKEN`, `WRITE_FAILED`
 */
export async function writeSummary(
  {
    fs,
    paths,
    path,
    manifest,
    lock,
    failure,
    logs,
    tally,
    artifacts,
    isResumed,
  }: RunParts,
  status: Summary["status"],
  incomplete: number,
): Promise<Summary> {
  const { summary: file, started } = paths;
  // Sealing takes its time: a run may be taken over at any moment of it.
  const fence = () => lock.assertHeld();
  await failure.guard(file, fence);
  await logs.closeStarts();
  await failure.guard(
    started,
    () => keepIncompleteStarts(fs, started, tally.completed, fence),
  );
  // Of a resumed run, the files of before were not seen.
  const artifactsSeal = isResumed ? undefined : artifacts.seal();
  const summary = tally.summary(
    manifest,
    status,
    timestamp(),
    incomplete,
    await failure.guard(path, () => sealRun(fs, paths, artifactsSeal)),
  );
  await failure.guard(
    file,
    () => writeAtomically(fs, file, prettyJson(summary), { fence }),
  );
  return summary;
}

/**
 * Closes the files and gives up the lock, also where the run has failed.
 *
 * @param isDurable Whether all is durable: what fails now costs nothing.
 * @throws {ArtifactError} `WRITE_FAILED` where not all is durable
 */
export async function releaseRun(
  { logs, lock, failure, path }: RunParts,
  isDurable: boolean,
): Promise<void> {
  const closed = await Promise.allSettled([...logs.close(), lock.release()]);
  for (const result of closed) {
    if (result.status === "fulfilled") continue;
    if (!isDurable) throw failure.fail(path, result.reason);
    console.warn(
      `The run at "${path}" is finalized, and not all could be cleaned up: ${
        thrownText(result.reason)
      }`,
    );
  }
}
