/**
 * An HTTP client that notes what it sent and what came back, in a form that
 * does not depend on the runtime.
 *
 * @module
 */
import type { JsonValue } from "../../mod.ts";

/**
 * A request as it is recorded. `url` is the path relative to a base URL: the
 * port is another one in each run, and a replay gives its own base URL.
 */
export type HttpRequest = {
  method: string;
  url: string;
  /** The headers that the scenario sets, not those that `fetch` adds. */
  headers: Record<string, string>;
  /** Sent as JSON; null for none. */
  body: JsonValue;
};

/** A response as it is recorded. */
export type HttpResponse = {
  status_code: number;
  headers: Record<string, string>;
  /** Parsed where it is JSON, else text. */
  body: JsonValue;
};

/** Why there is no response. */
export type TransportError = { code: string; message: string };

/** A request and what became of it. */
export interface Exchange {
  request: HttpRequest;
  /** null where there was none, or not a whole one. */
  response: HttpResponse | null;
  /** From sending to the whole answer, or to the error. */
  latency_ms: number;
  error: TransportError | null;
}

/**
 * Headers that mean something to the scenario. The others are left out, for
 * each runtime's HTTP stack adds its own (`date`, `connection`, `keep-alive`,
 * `transfer-encoding`, `content-length`), and recordings of the same run on two
 * runtimes must be equal.
 */
const RECORDED_HEADERS = ["content-type", "retry-after", "x-correlation-id"];

/** Far beyond every delay of the service: a guard, not a part of the scenario. */
const TIMEOUT_MS = 30_000;

/** Sends a request. Errors of the transport are a result, they are not thrown. */
export async function send(
  base_url: string,
  request: HttpRequest,
): Promise<Exchange> {
  const { method, url, headers, body } = request;
  const start_ms = performance.now();
  let response: HttpResponse | null = null;
  let error: TransportError | null = null;
  try {
    const answer = await fetch(new URL(url, base_url), {
      method,
      headers,
      body: body === null ? undefined : JSON.stringify(body),
      redirect: "manual",
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    response = await read(answer);
  } catch (cause) {
    error = describe(cause);
  }
  // Whole microseconds: more digits would only be noise.
  const latency_ms = Math.round((performance.now() - start_ms) * 1000) / 1000;
  return { request, response, latency_ms, error };
}

async function read(answer: Response): Promise<HttpResponse> {
  const headers: Record<string, string> = {};
  for (const name of RECORDED_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  const body = parse(await answer.text(), headers["content-type"] ?? "");
  return { status_code: answer.status, headers, body };
}

function parse(text: string, content_type: string): JsonValue {
  if (!/\bjson\b/i.test(content_type)) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text; // The claim was wrong; what came is what is recorded.
  }
}

/** In words of our own: every runtime has others for the same thing. */
function describe(cause: unknown): TransportError {
  return cause instanceof Error && cause.name === "TimeoutError"
    ? { code: "timeout", message: `No answer within ${TIMEOUT_MS} ms` }
    : { code: "connection_lost", message: "Connection lost before the answer" };
}
