/**
 * An HTTP client that notes what it sent and what came back, in a form that
 * does not depend on the runtime.
 *
 * @module
 */
import * as v from "valibot";
import { roundMs } from "../format/timestamp.ts";
import { ArtifactError } from "../errors.ts";
import {
  bodyBytes,
  type HttpRequest,
  type HttpResponse,
  isJsonBody,
  recordBody,
} from "./http_message.ts";
import { assertOptions, SignalOption, TextOption } from "../check/options.ts";
import type { Observation } from "../format/records.ts";

/** How {@linkcode sendHttp} sends. */
export interface SendHttpOptions {
  /**
   * Where the service is. The path of the request is put behind it, and the
   * origin of an absolute one is replaced by its. Default: the url of the
   * request as it is.
   */
  baseUrl?: string;
  /** How long to wait for the whole answer. Default: 30 seconds. */
  timeoutMs?: number;
  /**
   * Headers of the answer that are noted. Default: {@linkcode RECORDED_HEADERS}.
   */
  recordedHeaders?: readonly string[];
  /** Gives up: `sendHttp` rejects with its reason. */
  signal?: AbortSignal;
}

/** What {@linkcode sendHttp} noted: what `step()` records of it. */
export interface HttpExchange {
  /** What was sent, as it was given. */
  request: HttpRequest;
  /** What came back; left out where no whole answer came. */
  response?: HttpResponse;
  /** What was seen: see {@linkcode sendHttp}. */
  observation: Observation;
}

/**
 * Headers of an answer that mean something to a scenario. The others are left
 * out, for each server and proxy adds its own (`date`, `connection`,
 * `content-length`), and two recordings of the same must be equal.
 */
export const RECORDED_HEADERS: readonly string[] = [
  "content-type",
  "location",
  "retry-after",
  "www-authenticate",
  "x-correlation-id",
];

/**
 * Headers of a connection, not of a request: `fetch` makes its own. Given them,
 * one runtime sends them, the next drops them, and the third sends nothing.
 */
const CONNECTION_HEADERS = [
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

const TIMEOUT_MS = 30_000;

/** What a timer can hold. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1;

/** The options that a replay over HTTP takes, too. */
export const SendHttpOptionEntries: {
  baseUrl: v.GenericSchema<string | undefined>;
  timeoutMs: v.GenericSchema<number | undefined>;
  recordedHeaders: v.GenericSchema<readonly string[] | undefined>;
} = {
  baseUrl: v.optional(TextOption),
  timeoutMs: v.optional(v.custom<number>(
    (ms) => typeof ms === "number" && ms > 0 && ms <= TIMEOUT_MS_MAX,
    `must be a number from 1 to ${TIMEOUT_MS_MAX}`,
  )),
  recordedHeaders: v.optional(
    v.array(TextOption, "must be an array of texts"),
  ),
};

const SendHttpOptionsSchema: v.GenericSchema<SendHttpOptions> = v.strictObject({
  ...SendHttpOptionEntries,
  signal: SignalOption,
});

/**
 * Sends a request with `fetch`, and notes it in the form that
 * {@linkcode httpExecutor} can send again. The observation has `ok` (status
 * 200 to 299), `status_code`, `latency_ms`, `headers`, `body` and
 * `body_encoding`, and `errors`.
 *
 * No answer is an answer too: where the connection is refused or lost, or the
 * time is up, `ok` is false, `status_code` is null, and `errors` has a `code`
 * (`"timeout"`, `"connection_refused"`, `"host_not_found"`, and
 * `"connection_lost"` for anything else) and a message, the same on every
 * runtime. A redirect is not followed. Headers of the connection, such as `host`
 * and `content-length`, are not taken from the request: `fetch` makes its own.
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
 * all: a relative url without a base URL, one that is not HTTP, a header that is
 * none.
 */
export async function sendHttp(
  request: HttpRequest,
  options: SendHttpOptions = {},
): Promise<HttpExchange> {
  assertOptions("sendHttp", SendHttpOptionsSchema, options);
  const { timeoutMs = TIMEOUT_MS, signal } = options;
  const prepared = prepare(request, options.baseUrl);
  const stop = new AbortController();
  const giveUp = () => stop.abort(signal?.reason);
  signal?.throwIfAborted();
  signal?.addEventListener("abort", giveUp);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stop.abort();
  }, timeoutMs);
  const startMs = performance.now();
  let response: HttpResponse | undefined;
  let error: { code: string; message: string } | undefined;
  try {
    const answer = await fetch(prepared, { signal: stop.signal });
    response = await read(answer, options.recordedHeaders ?? RECORDED_HEADERS);
  } catch (cause) {
    signal?.throwIfAborted();
    error = timedOut
      // Without the limit: that of a replay may be another.
      ? { code: "timeout", message: "No answer in time" }
      : describe(cause);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
  const { status_code = null, headers = null, body = null, body_encoding } =
    response ?? {};
  return {
    request,
    ...(response ? { response } : {}),
    observation: {
      ok: status_code !== null && status_code >= 200 && status_code < 300,
      status_code,
      latency_ms: roundMs(performance.now() - startMs),
      headers,
      body,
      ...(body_encoding ? { body_encoding } : {}),
      errors: error ? [error] : [],
    },
  };
}

function prepare(request: HttpRequest, baseUrl?: string): Request {
  const { method } = request;
  const bytes = bodyBytes(request);
  const mayHaveBody = !/^(?:get|head)$/i.test(method);
  try {
    // Bun finds out only when it sends.
    if (bytes?.length && !mayHaveBody) {
      throw new TypeError("such a request cannot have a body");
    }
    const url = targetUrl(request.url, baseUrl);
    if (!/^https?:$/.test(url.protocol)) {
      throw new TypeError(`"${url.protocol}" is not HTTP`);
    }
    const headers = new Headers(request.headers);
    if (isJsonBody(request) && !headers.has("content-type")) {
      headers.set("content-type", "application/json");
    }
    for (const name of CONNECTION_HEADERS) headers.delete(name);
    return new Request(url, {
      method,
      headers,
      // As bytes: to a string, fetch adds a content type of its own.
      body: mayHaveBody ? bytes : undefined,
      redirect: "manual",
    });
  } catch (cause) {
    throw new ArtifactError(
      "INVALID_OPTION",
      `Cannot send ${method} ${JSON.stringify(request.url)}${
        baseUrl === undefined ? "" : ` to ${JSON.stringify(baseUrl)}`
      }: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** Never leaves the base URL, whatever the recorded one says. */
function targetUrl(url: string, baseUrl: string | undefined): URL {
  if (baseUrl === undefined) return new URL(url);
  const target = new URL(baseUrl);
  const { pathname, search } = new URL(url, target.origin);
  target.pathname = target.pathname.replace(/\/$/, "") + pathname;
  target.search = search;
  return target;
}

async function read(
  answer: Response,
  recordedHeaders: readonly string[],
): Promise<HttpResponse> {
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
  const bytes = new Uint8Array(await answer.arrayBuffer());
  return {
    status_code: answer.status,
    headers,
    ...recordBody(bytes, answer.headers.get("content-type")),
  };
}

/** In words of our own: every runtime has others for the same thing. */
function describe(cause: unknown): { code: string; message: string } {
  const told: string[] = [];
  for (let error = cause; error instanceof Error; error = error.cause) {
    told.push(error.message, String((error as { code?: unknown }).code));
  }
  const text = told.join("\n");
  if (/ECONNREFUSED|ConnectionRefused|refused/i.test(text)) {
    return { code: "connection_refused", message: "Connection refused" };
  }
  if (/ENOTFOUND|EAI_AGAIN|dns error/i.test(text)) {
    return { code: "host_not_found", message: "Host not found" };
  }
  return {
    code: "connection_lost",
    message: "Connection lost before the answer",
  };
}
