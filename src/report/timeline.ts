/**
 * A run over time: what was in flight, what ended, and how long steps took.
 *
 * @module
 */
import { LatencySketch } from "../format/latency_sketch.ts";
import { type InstanceColumns, type Timeline, VERDICTS } from "./model.ts";

/** Slices of the timeline: each is at least this long. */
const SLICE_MS_MIN = 10;
const SLICES_MAX = 240;
const SLICES_MIN = 20;

/** Counts instances and steps by slices of time. */
export class TimelineBuilder {
  readonly #instances: InstanceColumns;
  readonly #sliceMs: number;
  readonly #count: number;
  readonly #latencies = new Map<number, LatencySketch>();

  constructor(instances: InstanceColumns) {
    this.#instances = instances;
    let endMs = 0;
    for (const [i, startMs] of instances.startMs.entries()) {
      endMs = Math.max(endMs, startMs + instances.durationMs[i]!);
    }
    // Some instances a slice, so that a slice says something.
    const slices = Math.min(
      SLICES_MAX,
      Math.max(SLICES_MIN, instances.id.length / 3),
    );
    this.#sliceMs = Math.max(SLICE_MS_MIN, Math.ceil((endMs + 1) / slices));
    this.#count = Math.ceil((endMs + 1) / this.#sliceMs);
  }

  addStep(
    timestamp: string,
    latencyMs: number | undefined,
    from: string,
  ): void {
    if (latencyMs === undefined) return;
    const at = this.#sliceOf(Date.parse(timestamp) - Date.parse(from));
    let sketch = this.#latencies.get(at);
    if (!sketch) this.#latencies.set(at, sketch = new LatencySketch());
    sketch.add(latencyMs);
  }

  #sliceOf(ms: number): number {
    const at = Math.floor(ms / this.#sliceMs);
    return Math.min(Math.max(0, at), this.#count - 1);
  }

  timeline(): Timeline | null {
    const { startMs, durationMs, verdict } = this.#instances;
    if (startMs.length === 0) return null;
    const zeros = () => Array<number>(this.#count).fill(0);
    const [changes, completed, failed] = [zeros(), zeros(), zeros()];
    changes.push(0);
    for (const [i, start] of startMs.entries()) {
      const [from, to] = [start, start + durationMs[i]!].map((ms) =>
        this.#sliceOf(ms)
      ) as [number, number];
      const isOpen = verdict[i] === VERDICTS.indexOf("incomplete");
      changes[from]!++;
      if (isOpen) continue;
      changes[to + 1]!--;
      completed[to]!++;
      if (
        VERDICTS[verdict[i]!] !== "passed" && VERDICTS[verdict[i]!] !== "none"
      ) {
        failed[to]!++;
      }
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
