/**
 * A run over time: what was in flight, what ended, and how long steps took.
 *
 * @module
 */
import { LatencySketch } from "../format/latency_sketch.ts";
import type { StepRecord } from "../format/records.ts";
import type { InstanceTable } from "./instance_table.ts";
import { type Timeline, VERDICTS } from "./model.ts";

/** Slices of the timeline: each is at least this long. */
const SLICE_MS_MIN = 10;
const SLICES_MAX = 240;
const SLICES_MIN = 20;

/** Counts instances and steps by slices of time. */
export class TimelineBuilder {
  readonly #instances: InstanceTable;
  readonly #fromMs: number;
  readonly #sliceMs: number;
  readonly #count: number;
  readonly #latencies = new Map<number, LatencySketch>();

  /** @param from When the run started. */
  constructor(instances: InstanceTable, from: string) {
    this.#instances = instances;
    this.#fromMs = Date.parse(from);
    let endMs = 0;
    for (const [i, startMs] of instances.startMs.entries()) {
      endMs = Math.max(endMs, startMs + instances.durationMs[i]!);
    }
    // About three instances in each slice.
    const slices = Math.min(
      SLICES_MAX,
      Math.max(SLICES_MIN, instances.length / 3),
    );
    this.#sliceMs = Math.max(SLICE_MS_MIN, Math.ceil((endMs + 1) / slices));
    this.#count = Math.ceil((endMs + 1) / this.#sliceMs);
  }

  /** Counts the latency of a step, where it has one. */
  addStep({ timestamp, observation: { latency_ms } }: StepRecord): void {
    if (typeof latency_ms !== "number") return;
    const at = this.#sliceOf(Date.parse(timestamp) - this.#fromMs);
    let sketch = this.#latencies.get(at);
    if (!sketch) this.#latencies.set(at, sketch = new LatencySketch());
    sketch.add(latency_ms);
  }

  #sliceOf(ms: number): number {
    const at = Math.floor(ms / this.#sliceMs) || 0;
    return Math.min(Math.max(0, at), this.#count - 1);
  }

  /** What was counted; null without an instance. */
  timeline(): Timeline | null {
    const { startMs, durationMs, verdict, length } = this.#instances;
    if (length === 0) return null;
    const zeros = () => Array<number>(this.#count).fill(0);
    const [changes, completed, failed] = [zeros(), zeros(), zeros()];
    changes.push(0);
    for (const [i, start] of startMs.entries()) {
      changes[this.#sliceOf(start)]!++;
      const ended = VERDICTS[verdict[i]!]!;
      if (ended === "incomplete") continue;
      const to = this.#sliceOf(start + durationMs[i]!);
      changes[to + 1]!--;
      completed[to]!++;
      if (ended === "failed" || ended === "error") failed[to]!++;
    }
    let open = 0;
    const inFlight = changes.slice(0, -1).map((change) => open += change);
    const quantiles = (q: number) =>
      completed.map((_, i) => this.#latencies.get(i)?.quantile(q) ?? null);
    return {
      sliceMs: this.#sliceMs,
      inFlight,
      completed,
      failed,
      p50Ms: quantiles(0.5),
      p95Ms: quantiles(0.95),
    };
  }
}
