/**
 * Turns the arguments of `step.fetch` into a request, and its exchange into a
 * `Response`.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import type { CorrelationHeaders } from "../format/correlation.ts";
import type {
  HttpExchange,
  HttpRequest,
  SendHttpOptions,
} from "../http/mod.ts";
import type { JsonValue } from "../json/value.ts";

/** How `step.fetch` sends. */
export interface StepFetchInit {
  /** Default: `"GET"`, or `"POST"` where there is a body. */
  method?: string;
  /** Headers to send, besides those of the step. */
  headers?: Headers | [string, string][] | Record<string, string>;
  /** A body as text. */
  body?: string;
  /** A body as JSON. */
  json?: unknown;
  /** Where the service is: see `sendHttp`. */
  baseUrl?: string;
  /** How long to wait for the whole answer, in milliseconds. Default: 30 s. */
  timeoutMs?: number;
  /** Gives up. */
  signal?: AbortSignal;
}

/** What `sendHttp` is to send. */
export function exchangeRequest(
  url: string | URL,
  init: StepFetchInit,
  own: CorrelationHeaders,
): { request: HttpRequest; options: SendHttpOptions } {
  const { body, json, baseUrl, timeoutMs } = init;
  const hasBody = body !== undefined || json !== undefined;
  const headers = new Headers(own);
  for (const [name, value] of new Headers(init.headers)) {
    headers.set(name, value);
  }
  return {
    request: {
      method: init.method ?? (hasBody ? "POST" : "GET"),
      url: String(url),
      headers: Object.fromEntries(headers),
      ...(json !== undefined
        ? { body: json as JsonValue, body_encoding: "json" }
        : body !== undefined && { body, body_encoding: "text" }),
    },
    options: {
      ...(baseUrl !== undefined && { baseUrl }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
  };
}

/**
 * The answer as `fetch` would have given it.
 *
 * @throws {TypeError} where no whole answer came.
 */
export function exchangeResponse(exchange: HttpExchange): Response {
  const { response, observation, request } = exchange;
  if (!response) {
    const [error] = observation.errors ?? [];
    const { message = "no answer" } = (error ?? {}) as { message?: string };
    throw new TypeError(
      `${request.method} ${request.url} failed: ${message}`,
      { cause: error },
    );
  }
  const { status_code: status, headers } = response;
  // https://fetch.spec.whatwg.org/#null-body-status
  const isBodiless = [101, 103, 204, 205, 304].includes(status);
  return new Response(isBodiless ? null : responseBytes(response), {
    status,
    headers,
  });
}

function responseBytes(
  { body, body_encoding }: NonNullable<HttpExchange["response"]>,
): BodyInit | null {
  if (body_encoding === "json") return JSON.stringify(body);
  if (body_encoding === "base64") return decodeBase64(String(body));
  return body === null ? null : String(body);
}
