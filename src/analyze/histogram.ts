/**
 * Makes a histogram from a latency sketch.
 *
 * @module
 */
import type { LatencySketchRecord } from "../format/latency_sketch.ts";

/** Sketch buckets in one bucket of the histogram, which is 20 % wide then. */
const JOINED = 9;

/** A range of latencies. */
export interface HistogramBucket {
  /** Lower bound in milliseconds, not included, except where it is 0. */
  fromMs: number;
  /** Upper bound in milliseconds, included. */
  toMs: number;
  /** Number of latencies in the range. */
  count: number;
}

/**
 * Makes a histogram on a logarithmic scale: each bound is 1.2 times the one before.
 * The buckets are without gaps, from the first to the last that is not empty. Values
 * under a nanosecond are in a bucket of their own, which starts at 0.
 */
export function histogramOf(sketch: LatencySketchRecord): HistogramBucket[] {
  const { relative_error, zero_count, buckets } = sketch;
  const gamma = (1 + relative_error) / (1 - relative_error);
  const counts = new Map<number, number>();
  for (const [index, count] of Object.entries(buckets)) {
    const place = Math.floor(Number(index) / JOINED);
    counts.set(place, (counts.get(place) ?? 0) + count);
  }
  const histogram: HistogramBucket[] = [];
  const places = [...counts.keys()];
  const [first, last] = [Math.min(...places), Math.max(...places)];
  for (let place = first; place <= last; place++) {
    histogram.push({
      fromMs: bound(gamma, place),
      toMs: bound(gamma, place + 1),
      count: counts.get(place) ?? 0,
    });
  }
  if (zero_count > 0) {
    const toMs = histogram[0]?.fromMs ?? 0;
    histogram.unshift({ fromMs: 0, toMs, count: zero_count });
  }
  return histogram;
}

/** Engines differ in the last digits of a power: a bound has six. */
function bound(gamma: number, place: number): number {
  return Number((gamma ** (place * JOINED - 1)).toPrecision(6));
}
