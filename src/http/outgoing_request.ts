/**
 * Checks requests, and fixes what is sent and what is recorded.
 *
 * @module
 */
import * as v from "valibot";
import { ArtifactError } from "../errors.ts";
import { firstIssue } from "../check/validate.ts";
import { tagOf } from "./byte_source.ts";
import type { BodyEncoding, HttpRequest } from "./http_message.ts";
import {
  recordedRequestBody,
  type RequestBody,
  requestBody,
} from "./request_body.ts";

/** What {@linkcode sendHttp} takes as headers: what `fetch` takes. */
export type HttpHeadersInput =
  | Headers
  | Iterable<readonly string[]>
  | { readonly [name: string]: string | undefined };

/**
 * What {@linkcode sendHttp} takes as a body as it is: a string, a form, a blob,
 * bytes of any realm, and streams of the web or of Node.
 */
export type HttpBodyInput =
  | NonNullable<RequestInit["body"]>
  | ArrayBufferView
  | AsyncIterable<Uint8Array | string>;

/** A request that {@linkcode sendHttp} can send. */
export interface HttpRequestInput {
  /** Such as `"POST"`. */
  method: string;
  /** Absolute, or a path on the base URL. */
  url: string | URL;
  /** Headers to send; one that is undefined is left out. */
  headers?: HttpHeadersInput | undefined;
  /**
   * A body as `fetch` takes it ({@linkcode HttpBodyInput}); any other value is
   * sent as JSON. A string is sent without a content type.
   */
  body?: unknown;
  /**
   * How `body` is to be read. Left out: `"text"` for a string, `"json"` for a
   * value that `fetch` does not take.
   */
  body_encoding?: BodyEncoding | undefined;
}

/** A request that was checked. */
export interface OutgoingRequest {
  /** What is recorded of it, but for its body. */
  head: Pick<HttpRequest, "method" | "url" | "headers">;
  /** How `body` was given. */
  body_encoding: BodyEncoding | undefined;
  body: RequestBody | undefined;
}

/** An outgoing request with the url that it is sent to. */
export interface TargetedRequest {
  url: string;
  method: string;
  headers: Headers;
  data: RequestBody["data"] | undefined;
}

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

const isText = (value: unknown) => typeof value === "string" && value !== "";

const RequestSchema: v.GenericSchema = v.strictObject({
  method: v.custom(isText, 'must be a text such as "GET"'),
  url: v.custom(
    (url) => typeof url === "string" || tagOf(url) === "URL",
    "must be a text or a URL",
  ),
  headers: v.optional(
    v.custom(
      (headers) => typeof headers === "object" && headers !== null,
      "must be headers as fetch takes them",
    ),
  ),
  body: v.optional(v.unknown()),
  body_encoding: v.optional(v.picklist(
    ["json", "text", "base64"],
    'must be "json", "text" or "base64"',
  )),
});

/**
 * Checks the request that a caller gave, and fixes its content.
 *
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export async function outgoingRequest(
  request: HttpRequestInput,
  bytesMax: number,
): Promise<OutgoingRequest> {
  const problem = shapeProblem(request);
  if (problem) {
    throw new ArtifactError(
      "INVALID_OPTION",
      `Cannot call sendHttp(): ${problem.message}`,
      { path: problem.path },
    );
  }
  const { body_encoding } = request;
  // Node sends "patch" as it is, Bun as "PATCH".
  const method = request.method.toUpperCase();
  const url = String(request.url);
  return await sendable(method, url, undefined, async () => {
    const body = await requestBody(request.body, body_encoding, bytesMax);
    const headers = recordHeaders(request.headers, body);
    const head = { method, url, ...(headers && { headers }) };
    return { head, body_encoding, body };
  });
}

/** A recorded request, as it is sent again. */
export async function recordedRequest(
  request: HttpRequest,
): Promise<OutgoingRequest> {
  const { method, url, headers, body_encoding } = request;
  return {
    head: { method, url, ...(headers && { headers }) },
    body_encoding,
    body: await recordedRequestBody(request),
  };
}

/**
 * Says where a request goes.
 *
 * @throws {ArtifactError} `INVALID_OPTION` where it cannot be sent at all.
 */
export function targeted(
  { head, body }: OutgoingRequest,
  baseUrl: string | undefined,
): Promise<TargetedRequest> {
  const { method } = head;
  return sendable(method, head.url, baseUrl, () => {
    const url = targetUrl(head.url, baseUrl);
    if (!/^https?:$/.test(url.protocol)) {
      throw new TypeError(`"${url.protocol}" is not HTTP`);
    }
    if (url.username !== "" || url.password !== "") {
      throw new TypeError(
        'it has a user or password in its url: give an "authorization" header instead',
      );
    }
    const headers = new Headers(head.headers);
    if (body?.type && !headers.has("content-type")) {
      headers.set("content-type", body.type);
    }
    for (const name of CONNECTION_HEADERS) headers.delete(name);
    const isEmpty = ArrayBuffer.isView(body?.data) && body.data.length === 0;
    const mayHaveBody = !/^(?:get|head)$/i.test(method);
    if (body && !isEmpty && !mayHaveBody) {
      // Bun finds out only when it sends.
      throw new TypeError("such a request cannot have a body");
    }
    // The method is checked by the platform.
    new Request(url, { method });
    return {
      url: url.href,
      method,
      headers,
      data: mayHaveBody ? body?.data : undefined,
    };
  });
}

/** Runs `action`; what it throws is the reason why the request is refused. */
async function sendable<T>(
  method: string,
  url: string,
  baseUrl: string | undefined,
  action: () => T | Promise<T>,
): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    throw new ArtifactError(
      "INVALID_OPTION",
      withoutPassword(
        `Cannot send ${method} ${JSON.stringify(url)}${
          baseUrl === undefined ? "" : ` to ${JSON.stringify(baseUrl)}`
        }: ${cause instanceof Error ? cause.message : String(cause)}`,
      ),
    );
  }
}

/** A text in which no URL shows a password: errors end in logs. */
function withoutPassword(text: string): string {
  return text.replaceAll(/(\/\/[^\s\/?#@:]*):[^\s\/?#@]*@/g, "$1:…@");
}

function shapeProblem(
  request: unknown,
): { path: string; message: string } | undefined {
  if (typeof request === "string" || tagOf(request) === "URL") {
    const url = JSON.stringify(String(request));
    return {
      path: "",
      message:
        `the request must be an object, not a url: { method: "GET", url: ${url} }`,
    };
  }
  if (typeof request !== "object" || request === null) {
    const found = request === null ? "null" : typeof request;
    return {
      path: "",
      message:
        `the request must be an object such as { method: "GET", url: "/" }, not ${found}`,
    };
  }
  if (tagOf(request) === "Request") {
    return {
      path: "",
      message:
        "the request must be a plain object, not a Request: { method, url, headers, body }; step.fetch() takes a Request",
    };
  }
  const issue = firstIssue(RequestSchema, request, {
    noun: "a field of a request",
  });
  return issue && {
    path: issue.path,
    message: `${JSON.stringify(issue.path)} ${issue.message}`,
  };
}

/** In the case that the caller wrote, where names have one. */
function recordHeaders(
  given: HttpHeadersInput | undefined,
  body: RequestBody | undefined,
): Record<string, string> | undefined {
  const isRecord = given && !(Symbol.iterator in given);
  const entries = isRecord
    ? Object.entries(given)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)])
    : [...new Headers(given as HeadersInit | undefined)];
  const headers: Record<string, string> = Object.fromEntries(entries);
  const isTyped = Object.keys(headers)
    .some((name) => name.toLowerCase() === "content-type");
  if (body?.type && !body.isJson && !isTyped) {
    headers["content-type"] = body.type;
  }
  return given || Object.keys(headers).length > 0 ? headers : undefined;
}

/**
 * Never leaves the base URL, whatever the recorded one says. The queries of both
 * are sent.
 */
function targetUrl(url: string, baseUrl: string | undefined): URL {
  if (baseUrl === undefined) {
    if (URL.canParse(url)) return new URL(url);
    throw new TypeError("the url is relative: pass `baseUrl`, or a whole url");
  }
  if (!URL.canParse(baseUrl)) {
    throw new TypeError(
      "`baseUrl` is not a whole url such as http://localhost",
    );
  }
  const target = new URL(baseUrl);
  const { pathname, search } = new URL(url, target.origin);
  target.pathname = target.pathname.replace(/\/$/, "") + pathname;
  target.search = [target.search.slice(1), search.slice(1)]
    .filter((query) => query !== "")
    .join("&");
  target.hash = "";
  return target;
}
