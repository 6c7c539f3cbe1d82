/**
 * HTTP requests and responses in their recorded form, in which bodies are
 * exact: JSON as JSON, text as text, anything else as base64.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import {
  findJsonProblem,
  type JsonObject,
  type JsonValue,
} from "../json/value.ts";
import { pathText } from "../json/path_pattern.ts";
import { redactedPaths } from "../redact/placeholder.ts";

/** How a body is recorded. */
export type BodyEncoding = "json" | "text" | "base64";

/**
 * A request as it is recorded: what a step's `request` should look like to be
 * sent again by {@linkcode httpExecutor}.
 */
export type HttpRequest = {
  /** Such as `"POST"`. */
  method: string;
  /**
   * Absolute, or a path on a base URL: with that, a recording does not depend on
   * where the service was.
   */
  url: string;
  /** The headers that were set by the caller. */
  headers?: Record<string, string>;
  /** Left out or null for none, unless the encoding is `"json"`. */
  body?: JsonValue;
  /** Left out: `"text"` for a string, `"json"` for other values. */
  body_encoding?: BodyEncoding;
};

/** A response as it is recorded. */
export type HttpResponse = {
  /** Status code. */
  status_code: number;
  /** The headers that were asked for; names are lowercase. */
  headers: Record<string, string>;
  /** The body; null where there was none. */
  body: JsonValue;
  /** How the body is recorded; left out where there was none. */
  body_encoding?: BodyEncoding;
};

/** A recorded body, and how it is recorded. */
export type RecordedBody = { body: JsonValue; body_encoding?: BodyEncoding };

/**
 * A recorded value as a request.
 *
 * @throws {ArtifactError} `INCOMPLETE_RECORDING` where it is none.
 */
export function asHttpRequest(value: JsonValue | undefined): HttpRequest {
  const problem = requestProblem(value);
  if (problem === undefined) return value as HttpRequest;
  throw new ArtifactError(
    "INCOMPLETE_RECORDING",
    `Cannot send the recorded request: ${problem}`,
  );
}

/** The bytes of a request's body; undefined for none. */
export function bodyBytes(
  request: HttpRequest,
): Uint8Array<ArrayBuffer> | undefined {
  const body = request.body as string;
  switch (encodingOf(request)) {
    case "json":
      return new TextEncoder().encode(JSON.stringify(body));
    case "text":
      return new TextEncoder().encode(body);
    case "base64":
      return Uint8Array.from(atob(body), (char) => char.charCodeAt(0));
  }
}

/** Whether a request's body is sent as JSON. */
export function isJsonBody(request: HttpRequest): boolean {
  return encodingOf(request) === "json";
}

/** The encoding, given or guessed; undefined where there is no body. */
function encodingOf(
  { body, body_encoding }: HttpRequest,
): BodyEncoding | undefined {
  if (body === undefined || body === null && !body_encoding) return undefined;
  return body_encoding ?? (typeof body === "string" ? "text" : "json");
}

/**
 * The bytes of a body as they are recorded: as JSON where they claim to be that
 * and JSON holds their values exactly, else as text, and where they are no
 * UTF-8, as base64.
 */
export function recordBody(
  bytes: Uint8Array,
  content_type: string | null,
): RecordedBody {
  if (bytes.length === 0) return { body: null };
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    let binary = "";
    for (const byte of bytes) binary += String.fromCharCode(byte);
    return { body: btoa(binary), body_encoding: "base64" };
  }
  if (/\bjson\b/i.test(content_type ?? "") && hasExactNumbers(text)) {
    try {
      const body: JsonValue = JSON.parse(text);
      // Nested deeper than a record may be, it is kept as text.
      if (!findJsonProblem({ body }, "")) {
        return { body, body_encoding: "json" };
      }
    } catch {
      // The claim was wrong; what came is what is recorded.
    }
  }
  return { body: text, body_encoding: "text" };
}

/** Whether JavaScript keeps the value of every number: 15 digits always. */
function hasExactNumbers(json: string): boolean {
  const rest = json.replace(/"[^"\\]*(?:\\.[^"\\]*)*"/g, "");
  const numbers = rest.match(/\d[\d.]*(?:[eE][-+]?\d+)?/g) ?? [];
  return numbers.every((number) => {
    const digits = number.replace(/[eE].*|\.|^[0.]+/g, "");
    const value = Number(number);
    return String(value) === number ||
      digits.length <= 15 && Number.isFinite(value) &&
        (value !== 0 || digits === "");
  });
}

function requestProblem(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return "there is none";
  if (typeof value !== "object" || value === null) return "it is no object";
  const { method, url, headers = {}, body, body_encoding } =
    value as JsonObject;
  const [redacted] = redactedPaths(value);
  if (redacted) return `${JSON.stringify(pathText(redacted))} is redacted`;
  if (typeof method !== "string") return '"method" is no string';
  if (typeof url !== "string") return '"url" is no string';
  if (typeof headers !== "object" || headers === null) {
    return '"headers" is no object';
  }
  for (const [name, text] of Object.entries(headers)) {
    if (typeof text !== "string") {
      return `header ${JSON.stringify(name)} is no string`;
    }
  }
  const encodings: unknown[] = [undefined, "json", "text", "base64"];
  if (!encodings.includes(body_encoding)) {
    return `"body_encoding" is ${JSON.stringify(body_encoding)}`;
  }
  const isText = body_encoding === "text" || body_encoding === "base64";
  if (isText && typeof body !== "string") return '"body" is no string';
  if (body_encoding === "base64" && !isBase64(body as string)) {
    return '"body" is no base64';
  }
  return undefined;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
