/**
 * HTTP requests and responses in their recorded form.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { type JsonObject, type JsonValue, TYPE_KEY } from "../json/value.ts";
import { pathText } from "../json/path_pattern.ts";
import { redactedPaths } from "../redact/secrets_in_text.ts";

/** How a body is recorded. */
export type BodyEncoding = "json" | "text" | "base64";

/** A recorded body, and how it is recorded. */
export type RecordedBody = {
  /** The body; null where there was none. */
  body: JsonValue;
  /** How the body is recorded; left out where there was none. */
  body_encoding?: BodyEncoding;
  /** Only where an answer is text in another charset than UTF-8. */
  body_charset?: string;
  /**
   * Only where the body was larger than `maxBodyBytes`: `body` is its beginning,
   * as text or base64, and `bytes` is the size of the whole.
   */
  body_truncated?: { bytes: number };
  /** Only where the body broke off: `body` is what had come by then. */
  body_incomplete?: true;
};

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
  /** The headers that were set by the caller, and the type of a form or blob. */
  headers?: Record<string, string>;
  /** Left out or null for none, unless the encoding is `"json"`. */
  body?: JsonValue;
  /** Left out: `"text"` for a string, `"json"` for other values. */
  body_encoding?: BodyEncoding;
  /** As in {@linkcode HttpResponse}: such a request cannot be sent again. */
  body_truncated?: { bytes: number };
  /** Only where not all of the body was read before the exchange ended. */
  body_incomplete?: true;
};

/** A response as it is recorded. */
export type HttpResponse = RecordedBody & {
  /** Status code. */
  status_code: number;
  /** The headers that were asked for; names are lowercase. */
  headers: Record<string, string>;
};

/**
 * A recorded value as a request.
 *
 * @throws {ArtifactError} `INCOMPLETE_RECORDING` where it is not one.
 */
export function asHttpRequest(value: JsonValue | undefined): HttpRequest {
  const problem = requestProblem(value);
  if (problem === undefined) return value as HttpRequest;
  throw new ArtifactError(
    "INCOMPLETE_RECORDING",
    `Cannot send the recorded request: ${problem}`,
  );
}

/** The encoding, given or guessed; undefined where there is no body. */
export function encodingOf(
  { body, body_encoding }: { body?: unknown; body_encoding?: BodyEncoding },
): BodyEncoding | undefined {
  if (body === undefined || body === null && !body_encoding) return undefined;
  return body_encoding ?? (typeof body === "string" ? "text" : "json");
}

function requestProblem(value: JsonValue | undefined): string | undefined {
  if (value === undefined) return "there is none";
  if (typeof value !== "object" || value === null) return "it is not an object";
  const { method, url, headers = {}, body, body_encoding } =
    value as JsonObject;
  const [redacted] = redactedPaths(value);
  if (redacted) return `${JSON.stringify(pathText(redacted))} is redacted`;
  if (typeof method !== "string") return '"method" is not a string';
  if (typeof url !== "string") return '"url" is not a string';
  if (typeof headers !== "object" || headers === null) {
    return '"headers" is not an object';
  }
  for (const [name, text] of Object.entries(headers)) {
    if (typeof text !== "string") {
      return `header ${JSON.stringify(name)} is not a string`;
    }
  }
  return sentBodyProblem(value) ?? encodedBodyProblem(body, body_encoding);
}

/** Why the body of a recorded request cannot be sent again; undefined where it can. */
export function sentBodyProblem(
  request: JsonValue | undefined,
): string | undefined {
  if (typeof request !== "object" || request === null) return undefined;
  const { body, body_truncated, body_incomplete } = request as JsonObject;
  if (body_truncated) return "its body was larger than maxBodyBytes, and cut";
  if (body_incomplete) return "not all of its body was sent";
  if (holdsNoContent(body)) {
    return "its body is a file or a stream, whose content was not recorded";
  }
  return undefined;
}

/** Whether a caller recorded the argument of `fetch`, which could not be read. */
function holdsNoContent(body: unknown): boolean {
  if (typeof body !== "object" || body === null) return false;
  const { [TYPE_KEY]: type, name, value } = body as JsonObject;
  if (type === "FormData" && Array.isArray(value)) {
    return value.some((part) => holdsNoContent((part as JsonValue[])[1]));
  }
  return type === "class" &&
    ["Blob", "File", "ReadableStream"].includes(String(name));
}

/** What is wrong with a body that is given with its encoding. */
export function encodedBodyProblem(
  body: unknown,
  body_encoding: unknown,
): string | undefined {
  const encodings: unknown[] = [undefined, "json", "text", "base64"];
  if (!encodings.includes(body_encoding)) {
    return `"body_encoding" is ${JSON.stringify(body_encoding)}`;
  }
  const isText = body_encoding === "text" || body_encoding === "base64";
  if (isText && typeof body !== "string") return '"body" is not a string';
  if (body_encoding === "base64" && !isBase64(body as string)) {
    return '"body" is not base64';
  }
  return undefined;
}

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}
