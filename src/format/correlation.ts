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
 * its record; and so would a text put together of others, which is slow to read.
 */
export function stepSpanId(spanId: string, step_index: number): string {
  let low = 0;
  for (let i = 0; i < 16; i++) {
    const code = spanId.charCodeAt(i);
    codes[i] = code;
    if (i >= 8) low = low << 4 | (code < 58 ? code - 48 : code - 87);
  }
  low = (low + step_index + 1) >>> 0;
  for (let i = 15, rest = low; i >= 8; i--, rest >>>= 4) {
    codes[i] = DIGITS.charCodeAt(rest & 15);
  }
  const id = String.fromCharCode(...codes);
  return low === 0 ? neverZero(id) : id;
}

const DIGITS = "0123456789abcdef";
/** Those of the span id at hand. */
const codes: number[] = Array.from({ length: 16 }, () => 0);

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
