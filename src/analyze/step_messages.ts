/**
 * Reads the request and the response of a step.
 *
 * @module
 */
import * as v from "valibot";
import { assertOptions, wholeNumberOption } from "../check/options.ts";
import { type JsonObject, type JsonValue, parseJson } from "../json/value.ts";
import type { StepMessageSource, TimelineStep } from "./instance_timeline.ts";

/** Options of {@linkcode readStepMessages}. */
export interface ReadStepMessagesOptions {
  /** Larger files are not read. Default: none is too large. */
  fileBytesMax?: number;
}

const ReadStepMessagesOptionsSchema: v.GenericSchema<ReadStepMessagesOptions> =
  v.strictObject({ fileBytesMax: v.optional(wholeNumberOption(0)) });

/** Why the content of a file is not known. */
export interface UnreadableFile {
  /** Its path in the run directory. */
  path: string;
  /**
   * `"not-kept"`: the instance passed, or was open at a crash, and its requests
   * were kept on failure only. `"too-large"` is by {@linkcode ReadStepMessagesOptions.fileBytesMax}.
   */
  reason: "missing" | "not-kept" | "empty" | "not-json" | "too-large";
  /** Its size in bytes; 0 where it is missing. */
  sizeBytes: number;
}

/** What a step sent. */
export interface StepRequest {
  /** HTTP method; null where it is not an HTTP request. */
  method: string | null;
  /** Where it was sent; null where it is not an HTTP request. */
  url: string | null;
  /** Headers; null for none. */
  headers: JsonValue;
  /**
   * The body; null for none. Where the request has further fields, such as
   * `body_encoding: "base64"`, it is an object of these and the body.
   */
  body: JsonValue;
  /** Set where the file of the request could not be used; all else is null. */
  unreadable: UnreadableFile | null;
}

/** What a step received. */
export interface StepResponse {
  /** Status code; null where there was no answer; undefined where none is known. */
  status_code: JsonValue | undefined;
  /** Headers; null for none. */
  headers: JsonValue;
  /** The body as recorded, or else as observed; null for none. */
  body: JsonValue;
  /** Set where the file of the response could not be used. */
  unreadable: UnreadableFile | null;
}

/** What a step sent and received; null where nothing of it was recorded. */
export interface StepMessages {
  /** What it sent. */
  request: StepRequest | null;
  /** What it received. */
  response: StepResponse | null;
}

/**
 * Reads the recorded request and response of a step, in whatever form they were
 * recorded. What was not recorded is taken from the observation of the step.
 *
 * @param step A step of an `instanceTimeline`.
 * @throws {ArtifactError} `INVALID_OPTION`, `READ_FAILED`
 *
 * @example
 * ```ts
 * import {
 *   createRun,
 *   instanceTimeline,
 *   openRun,
 *   readStepMessages,
 * } from "@windtunnel/artifacts";
 *
 * const run = await createRun({ sut_name: "ecommerce" });
 * const instance = run.startInstance({ scenario_id: "checkout" });
 * await instance.step({
 *   step_name: "pay",
 *   step_type: "http",
 *   observation: { status_code: 201 },
 *   request: { method: "POST", url: "/payments", body: { cart_id: 1 } },
 * });
 * await instance.complete({ passed: true });
 * await run.finalize();
 *
 * const trace = await (await openRun(run.path)).instance("inst_001");
 * const [step] = instanceTimeline(trace).steps;
 * const { request, response } = await readStepMessages(step!);
 * console.log(request?.body, response?.status_code); // { cart_id: 1 } 201
 * ```
 */
export async function readStepMessages(
  step: TimelineStep,
  options: ReadStepMessagesOptions = {},
): Promise<StepMessages> {
  assertOptions("readStepMessages", ReadStepMessagesOptionsSchema, options);
  const { fileBytesMax = Infinity } = options;
  return {
    request: requestOf(await contentOf(step.request, fileBytesMax)),
    response: responseOf(step, await contentOf(step.response, fileBytesMax)),
  };
}

interface Content {
  value?: JsonValue;
  unreadable: UnreadableFile | null;
}

function requestOf({ value, unreadable }: Content): StepRequest | null {
  const nothing = { method: null, url: null, headers: null, body: null };
  if (unreadable) return { ...nothing, unreadable };
  if (value === undefined) return null;
  if (!isObject(value)) return { ...nothing, body: value, unreadable };
  const { body_encoding, ...fields } = value;
  const isPlain = body_encoding === "json" || body_encoding === "text";
  const { method, url, headers = null, body = null, ...rest } = isPlain
    ? fields
    : value;
  if (typeof method !== "string" && typeof url !== "string") {
    return { ...nothing, body: value, unreadable };
  }
  return {
    method: typeof method === "string" ? method : null,
    url: typeof url === "string" ? url : null,
    headers,
    body: Object.keys(rest).length > 0 ? { ...rest, body } : body,
    unreadable,
  };
}

function responseOf(
  { record: { observation } }: TimelineStep,
  { value, unreadable }: Content,
): StepResponse | null {
  // Not in the form of an HTTP response: a message, an event, a reply of gRPC.
  const isHttp = isObject(value) &&
    ["status_code", "status", "headers", "body"].some((key) => key in value);
  const recorded: JsonObject = isHttp ? value : { body: value };
  const status_code = recorded.status_code ?? recorded.status ??
    observation.status_code;
  const body = recorded.body ?? observation.body;
  if (status_code === undefined && body === undefined && !unreadable) {
    return null;
  }
  const { status_code: _, status: __, headers: ___, body: ____, ...others } =
    recorded;
  const encoding = others.body_encoding ?? observation.body_encoding;
  delete others.body_encoding;
  if (encoding === "base64") others.body_encoding = encoding;
  return {
    status_code,
    headers: recorded.headers ?? observation.headers ?? null,
    body: Object.keys(others).length > 0
      ? { ...others, body: body ?? null }
      : body ?? null,
    unreadable,
  };
}

async function contentOf(
  source: StepMessageSource | null,
  bytesMax: number,
): Promise<Content> {
  if (!source) return { unreadable: null };
  const { path, file } = source;
  if (path === null) return { value: source.value!, unreadable: null };
  const unreadable = (reason: UnreadableFile["reason"], sizeBytes: number) => ({
    unreadable: { path, reason, sizeBytes },
  });
  if (!file) return unreadable(source.isKept ? "missing" : "not-kept", 0);
  if (file.size > bytesMax) return unreadable("too-large", file.size);
  const text = await file.text();
  if (text === "") return unreadable("empty", 0);
  try {
    return { value: parseJson(text) as JsonValue, unreadable: null };
  } catch {
    return unreadable("not-json", file.size);
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
