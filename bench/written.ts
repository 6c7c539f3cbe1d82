/** Steps at the default level: an acknowledgement means that a line is written. */
import type { Contender } from "./contender.ts";
import {
  appendFile,
  fsWriteSync,
  joinedAndWritten,
  nothing,
  ofRuntime,
  stringifyAlone,
  writeStream,
} from "./files.ts";
import { logtape } from "./logtape.ts";
import { appendStep, instanceStep } from "./ours.ts";
import type { Arrivals } from "./producers.ts";
import { type Samples, series } from "./series.ts";
import { pinoSync, sonicBoomAsync, sonicBoomSync } from "./sonic_boom.ts";

/** Name of this library's row. */
export const OURS = "`appendStep`";

const CONTENDERS: Contender[] = [
  stringifyAlone,
  joinedAndWritten,
  nothing,
  appendStep(OURS, "written"),
  instanceStep,
  sonicBoomSync,
  sonicBoomAsync(false),
  pinoSync,
  logtape(true),
  fsWriteSync,
  appendFile,
  writeStream,
  ...ofRuntime(),
];

/** How many producers there are, each awaiting its own append. */
export const PRODUCERS = [1, 16, 256, 4096] as const;
export const ARRIVALS: readonly Arrivals[] = ["microtasks", "separate turns"];

/** What is promised by each, and the samples by arrivals and producers. */
export interface Written {
  promises: Record<string, string>;
  samples: Record<Arrivals, Record<number, Samples>>;
}

export async function written(): Promise<Written> {
  const samples: Written["samples"] = { microtasks: {}, "separate turns": {} };
  for (const arrivals of ARRIVALS) {
    for (const producers of PRODUCERS) {
      samples[arrivals][producers] = await series(
        CONTENDERS,
        producers,
        arrivals,
      );
    }
  }
  const promises = CONTENDERS.map(({ name, promise }) => [name, promise]);
  return { promises: Object.fromEntries(promises), samples };
}
