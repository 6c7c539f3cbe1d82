/** What was aimed at, and whether it was reached. */
import { OUR_INSTANCES, OUR_STEPS, PEER_NAMES } from "./durable.ts";
import { naive } from "./files.ts";
import type { Results } from "./results.ts";
import type { Runtime } from "./runtimes.ts";
import type { Samples } from "./series.ts";
import { median, ratio } from "./stats.ts";
import { OURS } from "./written.ts";

/** An aim, in words, and as a bound on a figure. */
export interface Goal {
  aim: string;
  /** Least value, or greatest where `atMost`. */
  bound: Record<Runtime, number>;
  atMost?: true;
  figure: (results: Results, runtime: Runtime) => number | undefined;
}

const all = (bound: number) => ({ node: bound, deno: bound, bun: bound });

/** Records a second of one row over another's. */
function over(samples: Samples | undefined, ours: string, theirs: string) {
  if (!samples) return undefined;
  const rates = (name: string) => samples[name]!.map(({ rate }) => rate);
  return ratio(rates(ours), rates(theirs));
}

export const GOALS: Goal[] = [
  {
    aim: "durable steps, 256 producers: times awaited write and datasync",
    bound: all(40),
    figure: ({ durable }, runtime) =>
      over(durable[runtime]?.samples[256], OUR_STEPS, naive.name),
  },
  {
    aim: "durable instances, 256 producers: times awaited write and datasync",
    bound: all(40),
    figure: ({ durable }, runtime) =>
      over(durable[runtime]?.samples[256], OUR_INSTANCES, naive.name),
  },
  {
    aim: "durable steps, 256 producers: times the best peer",
    bound: all(4),
    figure({ durable }, runtime) {
      const samples = durable[runtime]?.samples[256];
      if (!samples) return undefined;
      const peers = PEER_NAMES.filter((name) => name in samples);
      return Math.min(
        ...peers.map((name) => over(samples, OUR_STEPS, name)!),
      );
    },
  },
  {
    aim: "durable steps, 1 producer: times awaited write and datasync",
    bound: all(1),
    figure: ({ durable }, runtime) =>
      over(durable[runtime]?.samples[1], OUR_STEPS, naive.name),
  },
  {
    aim: "validation: share of a record at 256 producers",
    bound: all(0.25),
    atMost: true,
    figure({ validation, written }, runtime) {
      const cost = validation[runtime];
      const rates = written[runtime]?.samples.microtasks[256]?.[OURS];
      if (!cost || !rates) return undefined;
      const ns = median(cost.checkedNs) - median(cost.encodedNs);
      return ns * median(rates.map(({ rate }) => rate)) / 1e9;
    },
  },
];
