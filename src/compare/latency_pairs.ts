/**
 * Which steps became slower by more than noise: latencies of two runs in pairs.
 *
 * @module
 */
import type { LatencyShift } from "./latencies.ts";
import { signedRankTest } from "./signed_rank.ts";

/** Whether a step is slower, where there are enough pairs to tell. */
export interface StepSlowdown {
  /** Number of steps that both runs have, with a latency in each. */
  pairs: number;
  /** Median of the latencies of the second run, each divided by that of the first. */
  medianRatio: number;
  /**
   * The same of the other steps: the median of their medians, at least 1. A machine
   * that is busier slows all of them.
   */
  othersRatio: number;
  /**
   * How likely pairs as these are where the step is slower by no more than the
   * margin, on top of `othersRatio`: the signed-rank test of Wilcoxon.
   */
  p: number;
  /**
   * Whether the step is slower: its p95 rose by more than the margin on top of
   * `othersRatio`, and `p` is below 0.0001, divided by the number of steps tested.
   */
  isSlower: boolean;
}

/** Pairs without which nothing can be said. */
const PAIRS_MIN = 20;
/** Chance of a false alarm in a comparison, where pairs are independent. */
const ALPHA = 0.0001;
/** Ratios are counted by their logarithms, in steps of 0.1 %. */
const RATIOS_PER_E = 1_000;
/** Steps whose other half has not been read. */
const PENDING_MAX = 500_000;
const STEP_NAMES_MAX = 100;

/** A step of one of the runs. */
interface PairedStep {
  /** What its instance is called in both. */
  name: string | undefined;
  step_index: number | null;
  recordName: string;
  latency_ms: number | undefined;
}

/** Collects ratios of latencies. Memory: a step of one run until the other's is read. */
export class LatencyPairs {
  readonly #pending = {
    a: new Map<string, number>(),
    b: new Map<string, number>(),
  };
  /** Counts of ratios by step name. */
  readonly #ratios = new Map<string, Map<number, number>>();

  readonly #margin: number;

  /** @param margin How much slower a step may be: 0.2 for 20 %. */
  constructor(margin: number) {
    this.#margin = margin;
  }

  /** Adds a step of one of the runs. */
  add(run: "a" | "b", step: PairedStep): void {
    const { name, step_index, recordName, latency_ms } = step;
    if (name === undefined || latency_ms === undefined) return;
    if (!(latency_ms > 0)) return; // It has no ratio.
    const key = JSON.stringify([name, step_index, recordName]);
    const others = this.#pending[run === "a" ? "b" : "a"];
    const other = others.get(key);
    if (other === undefined) {
      const own = this.#pending[run];
      if (own.size < PENDING_MAX) own.set(key, latency_ms);
      return;
    }
    others.delete(key);
    const ratio = run === "b" ? latency_ms / other : other / latency_ms;
    this.#count(recordName, ratio);
  }

  #count(recordName: string, ratio: number): void {
    let ratios = this.#ratios.get(recordName);
    if (!ratios) {
      if (this.#ratios.size >= STEP_NAMES_MAX) return;
      this.#ratios.set(recordName, ratios = new Map());
    }
    const place = Math.round(Math.log(ratio) * RATIOS_PER_E);
    ratios.set(place, (ratios.get(place) ?? 0) + 1);
  }

  /**
   * Returns the slowdown of each step with 20 pairs or more, sorted by name; none
   * where there is only one, as then nothing tells a slower step from a slower
   * machine.
   */
  slowdowns(
    shifts: Readonly<Record<string, LatencyShift>>,
  ): Record<string, StepSlowdown> {
    const tested = [...this.#ratios].filter(([name, ratios]) =>
      countOf(ratios) >= PAIRS_MIN && shifts[name] !== undefined
    ).sort(([a], [b]) => a < b ? -1 : 1);
    if (tested.length < 2) return {};
    const medians = tested.map(([, ratios]) => medianOf(ratios));
    return Object.fromEntries(tested.map(([name, ratios], at) => {
      const others = medians.filter((_, i) => i !== at).sort((a, b) => a - b);
      const load = Math.max(0, middleOf(others)) / RATIOS_PER_E;
      const limit = load + Math.log(1 + this.#margin);
      const p = signedRankTest(
        [...ratios].map(([place, count]) =>
          [place / RATIOS_PER_E - limit, count] as const
        ),
      );
      const { a, b } = shifts[name]!;
      const rise = Math.log((b.p95_latency_ms ?? 0) / (a.p95_latency_ms ?? 0));
      return [name, {
        pairs: countOf(ratios),
        medianRatio: rounded(Math.exp(medians[at]! / RATIOS_PER_E)),
        othersRatio: rounded(Math.exp(load)),
        p: Number(p.toPrecision(3)),
        isSlower: rise > limit && p < ALPHA / tested.length,
      }];
    }));
  }
}

function countOf(ratios: ReadonlyMap<number, number>): number {
  return [...ratios.values()].reduce((sum, count) => sum + count, 0);
}

function medianOf(ratios: ReadonlyMap<number, number>): number {
  const half = countOf(ratios) / 2;
  let below = 0;
  for (const [place, count] of [...ratios].sort(([a], [b]) => a - b)) {
    below += count;
    if (below >= half) return place;
  }
  return 0;
}

/** The middle of sorted values; of two the mean. */
function middleOf(values: readonly number[]): number {
  const half = values.length / 2;
  return (values[Math.ceil(half) - 1]! + values[Math.floor(half)]!) / 2;
}

/** Engines differ in the last digits. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
