/**
 * Analyzes a run and shows the progress on the terminal.
 *
 * @module
 */
import { analyzeRun, type RunAnalysis, type RunReader } from "../../mod.ts";
import type { Progress } from "./terminal/progress.ts";

/** Returns the analysis of a run. */
export async function readAnalysis(
  run: RunReader,
  progress: Progress,
): Promise<RunAnalysis> {
  const { summary } = run;
  const total = summary
    ? summary.total_instances + summary.total_assertions + summary.total_steps
    : undefined;
  const onRecord = () => progress.advance();
  return await progress.during(
    "reading",
    total,
    () => analyzeRun(run, { onRecord }),
  );
}
