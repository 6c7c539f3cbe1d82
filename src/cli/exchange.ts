/**
 * What a step sent and what came back, from its artifact files and its
 * observation.
 *
 * @module
 */
import { compactJson } from "../json/preview.ts";
import type { ArtifactFile } from "../read/mod.ts";
import { type JsonObject, type JsonValue, parseJson } from "../json/value.ts";
import { stepFileName } from "../format/layout.ts";
import type { StepRecord } from "../format/records.ts";
import { formatBytes } from "./terminal/format.ts";

/** More of an artifact is not read to be shown in short. */
const SHOWN_BYTES_MAX = 256 * 1024;
const INLINE_LENGTH_MAX = 1000;

/** One side of a step. */
export interface Message {
  /** `POST /orders`, or `201`. */
  title: string;
  headers?: JsonValue;
  body?: JsonValue;
}

/** What a step sent; undefined where nothing of it was recorded. */
export async function requestOf(
  step: StepRecord,
  files: ReadonlyMap<string, ArtifactFile>,
  full: boolean,
): Promise<Message | undefined> {
  const found = await partOf(step, "request", files, full);
  if (found === undefined) return undefined;
  if (!isObject(found)) return { title: "", body: found };
  const { method, url, headers, body, ...rest } = found;
  // What is no HTTP request is shown as it is.
  if (typeof method !== "string" && typeof url !== "string") {
    return { title: "", body: found };
  }
  return {
    title: [method, url].map((part) => part ?? "").join(" ").trim(),
    headers,
    body: Object.keys(rest).length > 0 ? { ...rest, body } : body,
  };
}

/** What came back: as it was recorded, or else as the step observed it. */
export async function responseOf(
  step: StepRecord,
  files: ReadonlyMap<string, ArtifactFile>,
  full: boolean,
): Promise<Message | undefined> {
  const { status_code, headers, body } = step.observation;
  const found = await partOf(step, "response", files, full);
  const recorded = isObject(found) ? found : { body: found };
  const status = recorded.status_code ?? recorded.status ?? status_code;
  const message: Message = {
    title: status === undefined
      ? ""
      : status === null
      ? "no answer"
      : compactJson(status),
    headers: recorded.headers ?? headers ?? undefined,
    body: recorded.body ?? body,
  };
  return message.title === "" && message.body === undefined
    ? undefined
    : message;
}

/** A value in one line, not too long. */
export function jsonLine(value: JsonValue): string {
  return compactJson(value, INLINE_LENGTH_MAX);
}

/** `content-type: application/json` and so on. */
export function headerLines(headers: JsonValue): string[] {
  if (!isObject(headers)) return jsonLines(headers);
  return Object.entries(headers).map(([name, value]) =>
    `${name}: ${typeof value === "string" ? value : jsonLine(value ?? null)}`
  );
}

/** A value in as many lines as it takes. */
export function jsonLines(value: JsonValue): string[] {
  return typeof value === "string"
    ? value.split(/\r?\n/)
    : JSON.stringify(value, null, 2).split("\n");
}

async function partOf(
  { step_index, artifacts: paths }: StepRecord,
  part: "request" | "response",
  files: ReadonlyMap<string, ArtifactFile>,
  full: boolean,
): Promise<JsonValue | undefined> {
  const name = stepFileName(step_index, part);
  const path = paths.find((path) => path.endsWith(`/${name}`));
  if (path === undefined) return undefined;
  const file = files.get(path);
  if (!file) return `(${path} is missing)`;
  if (!full && file.size > SHOWN_BYTES_MAX) {
    return `(${formatBytes(file.size)} in ${path}: --full shows it)`;
  }
  const text = await file.text();
  try {
    return parseJson(text) as JsonValue;
  } catch {
    return `(${path} is damaged: ${text === "" ? "empty" : "not JSON"})`;
  }
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
