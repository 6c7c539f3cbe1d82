/** Records a seeded run in an order that is drawn by chance. */
import { chance } from "./chance.ts";
import { recordSeeded, type SeededRun } from "./seeded_run.ts";

export type ShuffledRun =
  & Omit<SeededRun, "schedule" | "concurrency">
  & Partial<SeededRun>;

/** Records the run, or goes on with it. Returns its path. */
export function recordShuffled(run: ShuffledRun): Promise<string> {
  return recordSeeded({
    schedule: chance.below(1e9),
    concurrency: 1 + chance.below(30),
    ...run,
  });
}
