/**
 * Compares the latencies of two runs.
 *
 * @module
 */
import { LatencySketch } from "../format/latency_sketch.ts";

/** Percentiles of `observation.latency_ms`, within 1 %; null for none. */
export interface LatencyPercentiles {
  /** Number of steps with a latency. */
  count: number;
  /** Median. */
  p50_latency_ms: number | null;
  /** 95th percentile. */
  p95_latency_ms: number | null;
  /** 99th percentile. */
  p99_latency_ms: number | null;
}

/** Latencies of two runs. */
export interface LatencyShift {
  /** Of the first run. */
  a: LatencyPercentiles;
  /** Of the second run. */
  b: LatencyPercentiles;
}

/** Maximum number of step names with percentiles of their own. */
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
  add(run: "a" | "b", step_name: string, latency_ms: number): void {
    this.#all[run].add(latency_ms);
    let own = this.#byStep.get(step_name);
    if (!own && this.#byStep.size < STEP_NAMES_MAX) {
      own = sketches();
      this.#byStep.set(step_name, own);
    }
    own?.[run].add(latency_ms);
  }

  /** Returns the percentiles of all steps. */
  all(): LatencyShift {
    return shiftOf(this.#all);
  }

  /** Returns the percentiles by step name, sorted. */
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
