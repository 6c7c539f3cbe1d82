/**
 * Sends one HTTP request, reads the answer and records both.
 *
 * @module
 */
import { roundMs } from "../format/timestamp.ts";
import { clock } from "../time/clock.ts";
import { timers } from "../time/timers.ts";
import type { Observation } from "../format/records.ts";
import { assertAnswer, bytesOfPiece, NotAnAnswer } from "./given_answer.ts";
import {
  encodingOf,
  type HttpRequest,
  type HttpResponse,
} from "./http_message.ts";
import {
  type OutgoingRequest,
  targeted,
  type TargetedRequest,
} from "./outgoing_request.ts";
import { BodyRecorder } from "./recorded_body.ts";
import { recordSent } from "./request_body.ts";
import {
  describeFailure,
  TIMED_OUT,
  type TransportError,
} from "./transport_error.ts";

/** A `fetch`, or something that can stand in for it. */
export type FetchFunction = (
  url: string,
  init: RequestInit,
) => Promise<Response>;

/** How an exchange is made. */
export interface ExchangeOptions {
  baseUrl?: string | undefined;
  timeoutMs: number;
  recordedHeaders: readonly string[];
  maxBodyBytes: number;
  signal?: AbortSignal | undefined;
  fetch: FetchFunction;
  /**
   * Whether the rest of a body larger than `maxBodyBytes` is left for the caller
   * to read. Default: it is read and dropped.
   */
  leavesRest?: boolean | undefined;
}

/** What {@linkcode sendHttp} noted: what `step()` records of it. */
export interface HttpExchange {
  /** What was sent. */
  request: HttpRequest;
  /**
   * What came back: where the exchange broke off, what had come by then, with
   * `body_incomplete`. Left out where no status came.
   */
  response?: HttpResponse;
  /** What was seen: see {@linkcode sendHttp}. */
  observation: Observation;
}

/** An exchange, with the answer as the platform gave it. */
export interface Answered {
  exchange: HttpExchange;
  /** What `fetch` gave; its body was read. Undefined where no status came. */
  answer: Response | undefined;
  /** The body of the answer. */
  body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  /** What broke the exchange off. */
  thrown: { cause: unknown } | undefined;
}

/**
 * Makes an exchange.
 *
 * @throws {ArtifactError} `INVALID_OPTION`; the reason of `signal`; what the
 * stream of the request failed with.
 */
export async function exchangeHttp(
  outgoing: OutgoingRequest,
  options: ExchangeOptions,
): Promise<Answered> {
  const { signal, timeoutMs, maxBodyBytes } = options;
  const target = await targeted(outgoing, options.baseUrl);
  signal?.throwIfAborted();
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal?.reason);
  signal?.addEventListener("abort", giveUp);
  const timer = timers.setTimeout(() => stop.abort(TIMED_OUT), timeoutMs);
  const startMs = clock.monotonicMs();
  const recorder = new BodyRecorder(maxBodyBytes);
  let answer: Response | undefined;
  let rest: Rest | undefined;
  let thrown: { cause: unknown } | undefined;
  try {
    const given = await send(target, options.fetch, stop.signal);
    assertAnswer(given);
    answer = given;
    const { leavesRest = false } = options;
    rest = await readBody(answer, recorder, stop.signal, leavesRest);
  } catch (cause) {
    signal?.throwIfAborted();
    if (cause instanceof NotAnAnswer) throw cause.error;
    const failure = outgoing.body?.source?.failure;
    if (failure) throw failure.cause;
    thrown = { cause };
  } finally {
    timers.clearTimeout(timer);
    if (!rest) signal?.removeEventListener("abort", giveUp);
  }
  const latency_ms = roundMs(clock.monotonicMs() - startMs);
  const error = thrown &&
    (stop.signal.aborted ? TIMED_OUT : describeFailure(thrown.cause));
  const isWhole = !thrown && !rest;
  const response = answer &&
    recordResponse(answer, recorder, options.recordedHeaders, isWhole);
  const exchange = {
    request: recordRequest(outgoing),
    ...(response && { response }),
    observation: observe(response, error, latency_ms),
  };
  const bytes = recorder.bytes();
  const body = rest ? withRest(bytes, rest, exchange) : bytes;
  return { exchange, answer, body, thrown };
}

/** What was not read of a body. */
interface Rest {
  /** The end of the chunk in which the limit was reached. */
  overflow: Uint8Array;
  reader: ReadableStreamDefaultReader<Uint8Array>;
}

/** The whole body as a stream. What is read of it is counted in the record. */
function withRest(
  beginning: Uint8Array,
  { overflow, reader }: Rest,
  { response, observation }: HttpExchange,
): ReadableStream<Uint8Array> {
  const truncated = response!.body_truncated!;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(beginning);
      controller.enqueue(overflow);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) {
        delete response!.body_incomplete;
        delete observation.body_incomplete;
        controller.close();
        return;
      }
      truncated.bytes += value.length;
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

async function send(
  { url, method, headers, data }: TargetedRequest,
  fetch: FetchFunction,
  signal: AbortSignal,
): Promise<Response> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", onAbort);
  try {
    const answer = fetch(url, {
      method,
      // As pairs: a client of one's own may have another class for headers.
      headers: [...headers],
      ...(data !== undefined && { body: data as BodyInit }),
      // https://fetch.spec.whatwg.org/#dom-requestinit-duplex
      ...(data && !(ArrayBuffer.isView(data)) && { duplex: "half" }),
      redirect: "manual",
      signal,
    } as RequestInit);
    return await Promise.race([answer, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

async function readBody(
  answer: Response,
  recorder: BodyRecorder,
  signal: AbortSignal,
  leavesRest: boolean,
): Promise<Rest | undefined> {
  const reader = answer.body?.getReader();
  if (!reader) return undefined;
  // A client of one's own may not heed the signal.
  const onAbort = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) throw signal.reason;
      if (done) return undefined;
      const bytes = bytesOfPiece(value);
      const kept = recorder.add(bytes);
      if (leavesRest && recorder.isCut) {
        return { overflow: bytes.subarray(kept), reader };
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

function recordRequest(
  { head, body_encoding, body }: OutgoingRequest,
): HttpRequest {
  if (!body) return head;
  const contentType = body_encoding === "text"
    ? null
    : new Headers(head.headers).get("content-type");
  const recorded = recordSent(body, contentType);
  const isGuessed = encodingOf({ body: recorded.body }) ===
    recorded.body_encoding;
  if (isGuessed && !body_encoding) delete recorded.body_encoding;
  return { ...head, ...recorded };
}

function recordResponse(
  answer: Response,
  recorder: BodyRecorder,
  recordedHeaders: readonly string[],
  isWhole: boolean,
): HttpResponse {
  const all = new Map<string, string>();
  for (const [name, value] of answer.headers) {
    // Only cookies come one by one.
    all.set(name, all.has(name) ? `${all.get(name)}, ${value}` : value);
  }
  const headers: Record<string, string> = {};
  for (const name of recordedHeaders.map((name) => name.toLowerCase())) {
    const value = all.get(name);
    if (value !== undefined) headers[name] = value;
  }
  return {
    status_code: answer.status,
    headers,
    ...recorder.recorded(answer.headers.get("content-type"), isWhole),
  };
}

function observe(
  response: HttpResponse | undefined,
  error: TransportError | undefined,
  latency_ms: number,
): Observation {
  const { status_code = null, headers = null, body = null, ...marks } =
    response ?? {};
  return {
    ok: !error && status_code !== null && status_code >= 200 &&
      status_code < 300,
    status_code,
    latency_ms,
    headers,
    body,
    ...marks,
    errors: error ? [error] : [],
  };
}
