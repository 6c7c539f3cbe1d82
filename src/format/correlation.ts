/**
 * Correlation ids: unique per run and instance, the same for the same run id,
 * seed and instance id, and valid as W3C trace ids.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";
import type { Seed } from "./records.ts";

/** The ids that an instance sends to the system under test. */
export interface Correlation {
  /** 32 lowercase hex digits, not all zero. */
  correlation_id: string;
  /** 16 lowercase hex digits, not all zero: the parent id of a `traceparent`. */
  span_id: string;
}

/**
 * Derives the ids of an instance: SHA-256 over run id, seed as JSON and
 * instance id, and from a second attempt on its number, joined by newlines; the
 * first 128 bits are the correlation id,
 * the next 64 the span id. The instance sends them as `x-correlation-id` and as
 * a `traceparent` (https://www.w3.org/TR/trace-context/#traceparent-header).
 */
export function correlate(
  run_id: string,
  seed: Seed,
  instance_id: string,
  attempt: number,
): Correlation {
  const again = attempt === 1 ? "" : `\n${attempt}`;
  const source = `${run_id}\n${JSON.stringify(seed)}\n${instance_id}${again}`;
  const hash = sha256(new TextEncoder().encode(source));
  // No slices of one text: V8 encodes a record that holds one at half the speed.
  return {
    correlation_id: neverZero(bytesToHex(hash.subarray(0, 16))),
    span_id: neverZero(bytesToHex(hash.subarray(16, 24))),
  };
}

/** The headers that carry the ids to the system under test. */
export type CorrelationHeaders = {
  /** The correlation id. */
  "x-correlation-id": string;
  /** The ids as a W3C trace context. */
  traceparent: string;
};

/** The ids as headers: see {@linkcode correlate}. */
export function correlationHeaders(ids: Correlation): CorrelationHeaders {
  return {
    "x-correlation-id": ids.correlation_id,
    traceparent: `00-${ids.correlation_id}-${ids.span_id}-01`,
  };
}

function neverZero(hex: string): string {
  return /^0+$/.test(hex) ? hex.replace(/0$/, "1") : hex;
}
