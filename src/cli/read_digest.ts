/**
 * Reads a run for a command, with its progress on the terminal.
 *
 * @module
 */
import { type Digest, digestRun } from "../analyze/internal.ts";
import type { RunReader } from "../read/mod.ts";
import type { Progress } from "./terminal/progress.ts";

/** The digest of a run. */
export async function readDigest(
  run: RunReader,
  progress: Progress,
): Promise<Digest> {
  const { summary } = run;
  const total = summary
    ? summary.total_instances + summary.total_assertions + summary.total_steps
    : undefined;
  const onRecord = () => progress.advance();
  return await progress.during(
    "reading",
    total,
    () => digestRun(run, { onRecord }),
  );
}
