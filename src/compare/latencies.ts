/**
 * Latencies of two runs, side by side.
 *
 * @module
 */
import { LatencySketch } from "../format/latency_sketch.ts";
import type { StepRecord } from "../format/records.ts";

/** Percentiles of `observation.latency_ms`, within 1 %; null for none. */
export interface LatencyPercentiles {
  /** How many steps tell their latency. */
  count: number;
  /** Median. */
  p50_latency_ms: number | null;
  /** 95th percentile. */
  p95_latency_ms: number | null;
  /** 99th percentile. */
  p99_latency_ms: number | null;
}

/** The latencies of both runs. */
export interface LatencyShift {
  /** Of the first run. */
  a: LatencyPercentiles;
  /** Of the second run. */
  b: LatencyPercentiles;
}

/** How many step names have percentiles of their own: each takes 28 KB. */
const STEP_NAMES_MAX = 100;

interface Sketches {
  a: LatencySketch;
  b: LatencySketch;
}

/** Collects the latencies of two runs. */
export class Latencies {
  readonly #all = sketches();
  readonly #byStep = new Map<string, Sketches>();

  /** Adds the latency of a step of one of the runs. */
  add(run: "a" | "b", { step_name, observation }: StepRecord): void {
    const { latency_ms } = observation;
    if (typeof latency_ms !== "number") return;
    this.#all[run].add(latency_ms);
    let own = this.#byStep.get(step_name);
    if (!own && this.#byStep.size < STEP_NAMES_MAX) {
      own = sketches();
      this.#byStep.set(step_name, own);
    }
    own?.[run].add(latency_ms);
  }

  /** The percentiles of all steps. */
  all(): LatencyShift {
    return shiftOf(this.#all);
  }

  /** The percentiles by step name, in the order of the names. */
  byStep(): Record<string, LatencyShift> {
    const names = [...this.#byStep.keys()].sort();
    return Object.fromEntries(
      names.map((name) => [name, shiftOf(this.#byStep.get(name)!)]),
    );
  }
}

function sketches(): Sketches {
  return { a: new LatencySketch(), b: new LatencySketch() };
}

function shiftOf({ a, b }: Sketches): LatencyShift {
  return { a: percentilesOf(a), b: percentilesOf(b) };
}

function percentilesOf(sketch: LatencySketch): LatencyPercentiles {
  return {
    count: sketch.count,
    p50_latency_ms: sketch.quantile(0.50),
    p95_latency_ms: sketch.quantile(0.95),
    p99_latency_ms: sketch.quantile(0.99),
  };
}
