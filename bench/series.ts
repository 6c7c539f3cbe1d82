/** Contenders in turn, several times, in one process. */
import process from "node:process";
import type { Contender } from "./contender.ts";
import { withTempDir } from "../tests/support/temp_dir.ts";
import { type Arrivals, feed, produce } from "./producers.ts";
import { ROUNDS } from "./sizes.ts";

/** What was measured of a contender. */
export interface Sample {
  /** Records a second. */
  rate: number;
  /** Processor time of a record, user and system, all threads. */
  cpuUs: number;
}

/** Name of a contender to its samples, one a round. */
export type Samples = Record<string, Sample[]>;

/**
 * Runs each contender once a round, so that what disturbs the machine disturbs
 * all; backwards every other round, as each inherits the garbage of the one
 * before (worth 5 %). The clock runs from the first record to the last
 * acknowledgement; opening and closing are not timed. The first round warms up.
 */
export async function series(
  contenders: Contender[],
  producers: number,
  arrivals: Arrivals,
): Promise<Samples> {
  const samples: Samples = {};
  for (const { name } of contenders) samples[name] = [];
  for (let round = 0; round <= ROUNDS; round++) {
    const turns = round % 2 === 0 ? contenders : contenders.toReversed();
    for (const contender of turns) {
      const sample = await measure(contender, producers, arrivals);
      if (round > 0) samples[contender.name]!.push(sample);
    }
  }
  return samples;
}

function measure(
  contender: Contender,
  producers: number,
  arrivals: Arrivals,
): Promise<Sample> {
  return withTempDir(async (dir) => {
    const appender = await contender.open(dir);
    const startCpu = process.cpuUsage();
    const startMs = performance.now();
    const records = contender.isCeiling
      ? feed(appender)
      : await produce(appender, producers, arrivals);
    const elapsedMs = performance.now() - startMs;
    const { user, system } = process.cpuUsage(startCpu);
    await appender.close();
    return {
      rate: 1000 * records / elapsedMs,
      cpuUs: (user + system) / records,
    };
  });
}
