/** How much is measured: from the environment, so that a quick look is possible. */
import process from "node:process";

const size = (name: string, usual: number): number => {
  const given = process.env[name];
  if (given === undefined) return usual;
  const value = Number(given);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`Cannot use ${name}="${given}": it must be a number`);
};

/** Records per contender and round. */
export const RECORDS: number = size("RECORDS", 100_000);
/** Rounds that count; one more warms up. */
export const ROUNDS: number = size("ROUNDS", 5);
/** Longest time of a contender in a round: a slow one gets fewer records. */
export const ROUND_MS_MAX: number = size("ROUND_MS_MAX", 500);
/** Length of a slice of the quick part. */
export const QUICK_MS: number = size("QUICK_MS", 80);
/** Length of a measurement of the event loop. */
export const DELAY_MS: number = size("DELAY_MS", 5000);
/** Steps of the longest run. */
export const GROWTH_STEPS_MAX: number = size("GROWTH_STEPS_MAX", 10_000_000);
/** Artifact files of the run that has many. */
export const ARTIFACTS: number = size("ARTIFACTS", 100_000);
/** Megabytes of the file that is read. */
export const READ_MB: number = size("READ_MB", 1000);

/** Instances of the run that the command line shows: five steps each. */
export const INSTANCES_OF_RUN: number = size("INSTANCES_OF_RUN", 200_000);
/** Runs that the command line lists. */
export const RUNS_LISTED: number = size("RUNS_LISTED", 2000);

/** Whether the sizes are the usual ones, so that the figures may be kept. */
export const USUAL_SIZES: boolean = [
  "RECORDS",
  "ROUNDS",
  "ROUND_MS_MAX",
  "QUICK_MS",
  "DELAY_MS",
  "GROWTH_STEPS_MAX",
  "ARTIFACTS",
  "READ_MB",
  "INSTANCES_OF_RUN",
  "RUNS_LISTED",
].every((name) => process.env[name] === undefined);
