/**
 * Sends spans to a collector, over HTTP.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @module
 */
import { ArtifactError, messageOf } from "../errors.ts";
import { sleep } from "../time/timers.ts";
import type { TracesData } from "./otlp_spans.ts";

/** Where spans go, and how. */
export interface OtlpReceiver {
  /** Address of the collector. */
  url: URL;
  /** Further headers, such as one for authorization. */
  headers: Record<string, string>;
  /** How it is sent. */
  fetch: typeof fetch;
}

const TRIES_MAX = 6;
const FIRST_PAUSE_MS = 500;
const PAUSE_MS_MAX = 30_000;
const TIMEOUT_MS = 30_000;

/** Answers after which the specification has a client try again. */
const TRY_AGAIN = [429, 502, 503, 504];

/**
 * Sends one message, and tries again where the collector asks for it or cannot be
 * reached.
 *
 * @returns How many spans the collector refused, and why.
 * @throws {ArtifactError} `WRITE_FAILED`
 */
export async function sendTraces(
  { url, headers, fetch }: OtlpReceiver,
  traces: TracesData,
): Promise<{ rejected: number; reason: string }> {
  const body = JSON.stringify(traces);
  for (let tries = 1;; tries++) {
    let problem: string;
    let pauseMs = Math.min(PAUSE_MS_MAX, FIRST_PAUSE_MS * 2 ** (tries - 1));
    let canRetry = true;
    let cause: unknown;
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      const text = await response.text();
      if (response.ok) return rejectedOf(text);
      canRetry = TRY_AGAIN.includes(response.status);
      const afterSeconds = Number(response.headers.get("retry-after") ?? NaN);
      if (afterSeconds >= 0) {
        pauseMs = Math.min(PAUSE_MS_MAX, afterSeconds * 1000);
      }
      problem = `it answered ${response.status} ${text.slice(0, 200)}`.trim();
    } catch (error) {
      cause = error;
      problem = messageOf(error);
    }
    if (!canRetry || tries === TRIES_MAX) {
      throw new ArtifactError(
        "WRITE_FAILED",
        // Without a query or a password, which may be secret.
        `Cannot send spans to "${url.origin}${url.pathname}": ${problem}`,
        { cause },
      );
    }
    await sleep(pauseMs);
  }
}

/** What an `ExportTraceServiceResponse` says of spans that were not taken. */
function rejectedOf(text: string): { rejected: number; reason: string } {
  if (text.trim() === "") return { rejected: 0, reason: "" };
  let partialSuccess: { rejectedSpans?: unknown; errorMessage?: unknown };
  try {
    ({ partialSuccess = {} } = JSON.parse(text));
  } catch {
    return { rejected: 0, reason: "" }; // Accepted: the answer has another form.
  }
  const { rejectedSpans = 0, errorMessage = "" } = partialSuccess;
  return { rejected: Number(rejectedSpans), reason: String(errorMessage) };
}
