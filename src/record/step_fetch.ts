/**
 * Turns the arguments of `step.fetch` into a request, and its exchange into a
 * `Response`.
 *
 * @module
 */
import * as v from "valibot";
import {
  assertOptions,
  invalidOption,
  SignalOption,
} from "../check/options.ts";
import type { CorrelationHeaders } from "../format/correlation.ts";
import {
  type Answered,
  readWithin,
  SendHttpOptionEntries,
  tagOf,
} from "../http/internal.ts";
import type {
  FetchFunction,
  HttpBodyInput,
  HttpHeadersInput,
  HttpRequestInput,
  SendHttpOptions,
  TransportError,
} from "../http/mod.ts";

/**
 * How `step.fetch` sends. What else `fetch` takes in its second argument
 * (`redirect`, `credentials`, `cache` and so on) is accepted, because client
 * libraries set it, and ignored.
 */
export interface StepFetchInit {
  /** Default: `"GET"`, or `"POST"` where there is a body. */
  method?: string | undefined;
  /** Headers to send, besides those of the step. */
  headers?: HttpHeadersInput | undefined;
  /** A body as `fetch` takes it. */
  body?: HttpBodyInput | null | undefined;
  /** A body as JSON. */
  json?: unknown;
  /** Where the service is: see `sendHttp`. */
  baseUrl?: string | undefined;
  /** How long to wait for the whole answer, in milliseconds. Default: 30 s. */
  timeoutMs?: number | undefined;
  /** How much of a body is recorded: see `sendHttp`. The answer has all of it. */
  maxBodyBytes?: number | undefined;
  /** What sends: see `sendHttp`. */
  fetch?: FetchFunction | undefined;
  /** Aborts the request. */
  signal?: AbortSignal | null | undefined;
}

const { recordedHeaders: _, ...OptionEntries } = SendHttpOptionEntries;

/** Members of a `RequestInit` that are accepted and ignored. */
const IGNORED_MEMBERS = [
  "cache",
  "credentials",
  "duplex",
  "integrity",
  "keepalive",
  "mode",
  "priority",
  "redirect",
  "referrer",
  "referrerPolicy",
  "window",
];

const StepFetchInitSchema: v.GenericSchema = v.strictObject({
  method: v.optional(v.string("must be a text")),
  headers: v.optional(v.unknown()),
  body: v.optional(v.unknown()),
  json: v.optional(v.unknown()),
  ...OptionEntries,
  signal: v.nullish(SignalOption),
  ...Object.fromEntries(
    IGNORED_MEMBERS.map((name) => [name, v.optional(v.unknown())]),
  ),
});

/** A request of `step.fetch` that was checked. */
export interface StepRequest {
  request: HttpRequestInput;
  options: SendHttpOptions;
  /** The caller's own signal, besides the step's. */
  signals: AbortSignal[];
}

/**
 * What `sendHttp` is to send.
 *
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export async function stepRequest(
  input: string | URL | Request,
  init: StepFetchInit,
  own: CorrelationHeaders,
): Promise<StepRequest> {
  assertOptions("step.fetch", StepFetchInitSchema, init);
  const { json, baseUrl, timeoutMs, maxBodyBytes, fetch } = init;
  if (json !== undefined && hasBody(init.body)) {
    throw invalidOption("step.fetch", "json", "cannot be given with a body");
  }
  const given = tagOf(input) === "Request" ? input as Request : undefined;
  const body = init.body ??
    (given?.body && json === undefined
      ? await readWithin(given.body, maxBodyBytes)
      : undefined);
  const isPost = hasBody(body) || json !== undefined;
  const headers = mergedHeaders([own, given?.headers, init.headers]);
  if (typeof body === "string" && !headers.has("content-type")) {
    // https://fetch.spec.whatwg.org/#concept-bodyinit-extract
    headers.set("content-type", "text/plain;charset=UTF-8");
  }
  return {
    request: {
      method: init.method ?? given?.method ?? (isPost ? "POST" : "GET"),
      url: given?.url ?? String(input),
      headers: Object.fromEntries(headers),
      body: json === undefined ? body : json,
      body_encoding: json === undefined ? undefined : "json",
    },
    options: { baseUrl, timeoutMs, maxBodyBytes, fetch },
    signals: [init.signal, given?.signal].filter((signal) => !!signal),
  };
}

function hasBody(body: unknown): boolean {
  return body !== undefined && body !== null;
}

/** Later ones win. */
function mergedHeaders(
  sets: readonly (HttpHeadersInput | CorrelationHeaders | undefined)[],
): Headers {
  const merged = new Headers();
  for (const set of sets) {
    const isRecord = set && !(Symbol.iterator in set);
    const entries = isRecord
      ? Object.entries(set).filter(([, value]) => value !== undefined)
      : set;
    for (const [name, value] of new Headers(entries as HeadersInit)) {
      merged.set(name, value);
    }
  }
  return merged;
}

/** Failures whose exchange is recorded and says why. */
const recorded = new WeakSet<object>();

/** Whether a failure is in the observation of its exchange already. */
export function isRecordedFailure(error: unknown): boolean {
  return typeof error === "object" && error !== null && recorded.has(error);
}

/**
 * The answer as `fetch` gave it: with its url, all its headers, and its body byte
 * for byte.
 *
 * @throws {TypeError} where no whole answer came; its `code` says why.
 */
export function stepResponse(answered: Answered): Response {
  const { exchange, answer, body, thrown } = answered;
  if (!answer || thrown) {
    const [error] = exchange.observation.errors ?? [];
    const { code, message } = error as TransportError;
    const { method, url } = exchange.request;
    const failure = new TypeError(`${method} ${url} failed: ${message}`);
    // Not enumerable: what the runtime said is in the observation.
    Object.defineProperty(failure, "cause", {
      value: { code, message },
      configurable: true,
      writable: true,
    });
    recorded.add(failure);
    throw Object.assign(failure, { code });
  }
  const { status, statusText, headers, url, redirected } = answer;
  // https://fetch.spec.whatwg.org/#null-body-status
  const isBodiless = [101, 103, 204, 205, 304].includes(status);
  const response = new Response(isBodiless ? null : body as BodyInit, {
    status,
    statusText,
    headers: [...headers],
  });
  // No constructor takes these.
  for (const [name, value] of Object.entries({ url, redirected })) {
    Object.defineProperty(response, name, { value, configurable: true });
  }
  return response;
}
