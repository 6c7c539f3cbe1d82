/**
 * Starts an instance: its ids, the record of its start, and the time since then.
 *
 * @module
 */
import { correlate, type Correlation } from "../format/correlation.ts";
import type { InstanceRecord } from "../format/instance_record.ts";
import type { InstanceInput } from "../format/records.ts";
import type { StartRecord } from "../format/start_record.ts";
import { roundMs, timestamp } from "../format/timestamp.ts";
import { clock } from "../time/clock.ts";
import { copyAsJson } from "./entry_data.ts";
import type { InstancePlace } from "./instance_numbering.ts";
import type { RunContext } from "./run_context.ts";

/** How an instance started. */
export class InstanceStart {
  /** Its correlation id and span. */
  readonly ids: Correlation;
  /** The record of its start: no caller may change it. */
  readonly record: StartRecord;

  readonly #startMs = clock.monotonicMs();
  /** Whether the caller gave its start: then the time since is not measured here. */
  readonly #startsBefore: boolean;

  /** Starts it now, unless the input says when it started. */
  constructor(
    { nonce, run_id }: Pick<RunContext, "nonce" | "run_id">,
    { instance_id, attempt }: InstancePlace,
    input: InstanceInput,
  ) {
    const ids = correlate(nonce, instance_id, attempt);
    const { correlation_id = ids.correlation_id } = input;
    this.ids = { ...ids, correlation_id };
    this.record = {
      instance_id,
      run_id,
      correlation_id,
      scenario_id: input.scenario_id,
      instance_key: input.instance_key ?? null,
      retry_of: input.retry_of ?? null,
      started_at: input.started_at ?? timestamp(),
      entry_data: copyAsJson(input.entry_data ?? {}),
    };
    this.#startsBefore = input.started_at !== undefined;
  }

  /** Returns the record of the instance, which completes now. */
  completed(
    passed: boolean | null,
    error: InstanceRecord["error"],
  ): InstanceRecord {
    const { entry_data, ...start } = this.record;
    const now = timestamp();
    return {
      ...start,
      // A clock that was set back must not end it before it began.
      completed_at: now < start.started_at ? start.started_at : now,
      duration_ms: this.#durationMs(),
      passed,
      entry_data,
      error,
    };
  }

  /** A clock that was set back must not keep an instance from its end. */
  #durationMs(): number {
    const elapsedMs = this.#startsBefore
      ? clock.nowMs() - Date.parse(this.record.started_at)
      : clock.monotonicMs() - this.#startMs;
    return roundMs(Math.max(0, elapsedMs));
  }
}
