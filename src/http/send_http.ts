/**
 * Sends HTTP requests and notes what was sent and what came back.
 *
 * @module
 */
import * as v from "valibot";
import {
  assertOptions,
  SignalOption,
  TextOption,
  wholeNumberOption,
} from "../check/options.ts";
import {
  type Answered,
  exchangeHttp,
  type ExchangeOptions,
  type FetchFunction,
  type HttpExchange,
} from "./exchange.ts";
import type { HttpRequest } from "./http_message.ts";
import {
  type HttpRequestInput,
  outgoingRequest,
  recordedRequest,
} from "./outgoing_request.ts";
import { BODY_BYTES_MAX } from "./recorded_body.ts";
import { runtimeFetch } from "./runtime_fetch.ts";

/** How {@linkcode sendHttp} sends. */
export interface SendHttpOptions {
  /**
   * Where the service is. The path of the request is put behind its path, the
   * query of the request behind its query, and the origin of an absolute url is
   * replaced by its. Default: the url of the request as it is.
   */
  baseUrl?: string | undefined;
  /**
   * How long to wait for the whole answer, in milliseconds. Default: 30 seconds.
   */
  timeoutMs?: number | undefined;
  /**
   * Headers of the answer that are noted. Default: {@linkcode RECORDED_HEADERS}.
   */
  recordedHeaders?: readonly string[] | undefined;
  /**
   * How much of a body is kept, of the request and of the answer. Of a larger
   * one the beginning is recorded, with `body_truncated`; the rest passes by and
   * is not held in memory. Default: 16 MiB.
   */
  maxBodyBytes?: number | undefined;
  /**
   * What sends: a client with a proxy, certificates or a pool of its own. Called
   * as `fetch(url, init)`. Default: the global `fetch`.
   */
  fetch?: FetchFunction | undefined;
  /** Aborts the request: `sendHttp` rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * Headers of an answer that mean something to a scenario. The others are left
 * out: each server and proxy adds its own (`date`, `connection`,
 * `content-length`), and two recordings of the same must be equal.
 */
export const RECORDED_HEADERS: readonly string[] = [
  "content-type",
  "location",
  "retry-after",
  "set-cookie",
  "www-authenticate",
  "x-correlation-id",
];

const TIMEOUT_MS = 30_000;

/** What a timer can hold. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The options that a replay over HTTP takes, too. */
export const SendHttpOptionEntries: {
  baseUrl: v.GenericSchema<string | undefined>;
  timeoutMs: v.GenericSchema<number | undefined>;
  recordedHeaders: v.GenericSchema<readonly string[] | undefined>;
  maxBodyBytes: v.GenericSchema<number | undefined>;
  fetch: v.GenericSchema<FetchFunction | undefined>;
} = {
  baseUrl: v.optional(TextOption),
  timeoutMs: v.optional(v.custom<number>(
    (ms) => typeof ms === "number" && ms > 0 && ms <= TIMEOUT_MS_MAX,
    `must be a number from 1 to ${TIMEOUT_MS_MAX}`,
  )),
  recordedHeaders: v.optional(
    v.array(TextOption, "must be an array of texts"),
  ),
  maxBodyBytes: v.optional(wholeNumberOption(0)),
  fetch: v.optional(v.custom<FetchFunction>(
    (value) => typeof value === "function",
    "must be a function such as fetch",
  )),
};

const SendHttpOptionsSchema: v.GenericSchema<SendHttpOptions> = v.strictObject({
  ...SendHttpOptionEntries,
  signal: SignalOption,
});

/**
 * Sends a request with `fetch`, and notes it in the form that
 * {@linkcode httpExecutor} can send again. The observation has `ok` (a whole
 * answer with status 200 to 299), `status_code`, `latency_ms`, `headers`, `body`
 * and `body_encoding`, and `errors`.
 *
 * No answer is an answer too: `ok` is false, and `errors` has one
 * {@linkcode TransportError}, whose `code` is the same on every runtime:
 *
 * | `code` | what went wrong |
 * |---|---|
 * | `"refused"`, `"unreachable"`, `"dns"` | there was no connection |
 * | `"certificate"` | a certificate was not accepted |
 * | `"protocol"` | what came is not HTTP, or not TLS |
 * | `"reset"` | the connection was lost before the whole answer came |
 * | `"timeout"` | the time was up before the whole answer came |
 * | `"encoding"` | the body is not compressed as its headers say (Node's `fetch` takes a compressed body that ends early for whole) |
 * | `"forbidden"` | the runtime does not allow it: a permission, a bad port or method |
 * | `"failed"` | anything else, such as an error of a client of your own |
 *
 * Its `cause` has the code and the words of the runtime, which differ.
 *
 * What had come by then is kept: status, headers, and the beginning of the body
 * with `body_incomplete: true`. Of a body larger than `maxBodyBytes` the
 * beginning is kept, with `body_truncated: { bytes }`. A number in a JSON body
 * that a double cannot hold is a `JSON.rawJSON()`, which a record keeps digit by
 * digit; JSON in which a key stands twice is kept as text.
 *
 * A redirect is not followed. Headers of the connection, such as `host` and
 * `content-length`, are not taken from the request: `fetch` makes its own.
 *
 * @example
 * ```ts
 * import { createRun, sendHttp } from "@windtunnel/artifacts";
 * import { createServer } from "node:http";
 *
 * const server = createServer((_, answer) => answer.end("pong"));
 * await new Promise<void>((go) => server.listen(0, "127.0.0.1", go));
 * const { port } = server.address() as { port: number };
 * const baseUrl = `http://127.0.0.1:${port}`;
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "health" });
 * const headers = instance.headers();
 * const ping = await sendHttp({ method: "GET", url: "/", headers }, { baseUrl });
 * await instance.step({ step_name: "ping", step_type: "http", ...ping });
 * console.log(ping.observation.status_code, ping.response?.body); // 200 pong
 * await instance.complete();
 * await run.finalize();
 * server.close();
 * ```
 *
 * @throws {ArtifactError} `INVALID_OPTION` where the request cannot be sent at
 * all: an unknown field, a relative url without a base URL, one that is not
 * HTTP, a header that is not one.
 * @throws {unknown} the reason of `signal`, or what a stream that was given as
 * the body fails with.
 */
export async function sendHttp(
  request: HttpRequestInput,
  options: SendHttpOptions = {},
): Promise<HttpExchange> {
  assertOptions("sendHttp", SendHttpOptionsSchema, options);
  return (await send(request, withDefaults(options))).exchange;
}

/**
 * Sends as {@linkcode sendHttp}, and gives the answer with its whole body, be it
 * larger than `maxBodyBytes`.
 */
export function sendForAnswer(
  request: HttpRequestInput,
  options: SendHttpOptions,
): Promise<Answered> {
  return send(request, { ...withDefaults(options), leavesRest: true });
}

/** Sends a recorded request byte for byte, as it was sent then. */
export async function sendRecorded(
  request: HttpRequest,
  options: SendHttpOptions,
): Promise<HttpExchange> {
  const outgoing = await recordedRequest(request);
  return (await exchangeHttp(outgoing, withDefaults(options))).exchange;
}

async function send(
  request: HttpRequestInput,
  options: ExchangeOptions,
): Promise<Answered> {
  const outgoing = await outgoingRequest(request, options.maxBodyBytes);
  return await exchangeHttp(outgoing, options);
}

function withDefaults(options: SendHttpOptions): ExchangeOptions {
  return {
    baseUrl: options.baseUrl,
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    recordedHeaders: options.recordedHeaders ?? RECORDED_HEADERS,
    maxBodyBytes: options.maxBodyBytes ?? BODY_BYTES_MAX,
    signal: options.signal,
    fetch: options.fetch ?? runtimeFetch,
  };
}
