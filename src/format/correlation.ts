/**
 * Derives correlation ids and span ids, valid in a W3C trace context.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, randomBytes } from "@noble/hashes/utils.js";

/** The ids that an instance sends to the system under test. */
export interface Correlation {
  /** 32 lowercase hex digits, not all zero. */
  correlation_id: string;
  /** 16 lowercase hex digits, not all zero: the parent id of a `traceparent`. */
  span_id: string;
}

/**
 * Derives the ids of an instance: SHA-256 over the nonce of the run and the
 * instance id, and from a second attempt on its number, joined by newlines; the
 * first 128 bits are the correlation id, the next 64 the span id. The instance
 * sends them as `x-correlation-id` and as a `traceparent`
 * (https://www.w3.org/TR/trace-context/#traceparent-header).
 */
export function correlate(
  nonce: string,
  instance_id: string,
  attempt: number,
): Correlation {
  const again = attempt === 1 ? "" : `\n${attempt}`;
  const source = `${nonce}\n${instance_id}${again}`;
  const hash = sha256(new TextEncoder().encode(source));
  // No slices of one text: V8 encodes a record that holds one at half the speed.
  return {
    correlation_id: neverZero(bytesToHex(hash.subarray(0, 16))),
    span_id: neverZero(bytesToHex(hash.subarray(16, 24))),
  };
}

/** A nonce for a run: 32 random hex digits. */
export function randomNonce(): string {
  return neverZero(bytesToHex(randomBytes(16)));
}

/**
 * The span id of a step: that of its instance, with the low 32 bits moved on by
 * the number of the step. A hash for each step would cost as much as the rest of
 * its record; and a text put together of others is slow to read.
 */
export function stepSpanId(spanId: string, step_index: number): string {
  const high = (i: number) => spanId.charCodeAt(i);
  let low = 0;
  for (let i = 8; i < 16; i++) {
    const code = spanId.charCodeAt(i);
    low = low << 4 | (code < 58 ? code - 48 : code - 87);
  }
  low = (low + step_index + 1) >>> 0;
  const digit = (shift: number) => DIGIT_CODES[low >>> shift & 15]!;
  // Written out: an array of them is slower.
  // deno-fmt-ignore
  const id = String.fromCharCode(
    high(0), high(1), high(2), high(3), high(4), high(5), high(6), high(7),
    digit(28), digit(24), digit(20), digit(16),
    digit(12), digit(8), digit(4), digit(0),
  );
  return low === 0 ? neverZero(id) : id;
}

/** The span id of the instance that has a step: see {@linkcode stepSpanId}. */
export function instanceSpanId(stepId: string, step_index: number): string {
  const low = (parseInt(stepId.slice(8), 16) - step_index - 1) >>> 0;
  return stepId.slice(0, 8) + low.toString(16).padStart(8, "0");
}

const DIGIT_CODES = new TextEncoder().encode("0123456789abcdef");

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
  return /^0+$/.test(hex) ? hex.replace(/^0/, "1") : hex;
}
