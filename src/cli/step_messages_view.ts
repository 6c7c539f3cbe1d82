/**
 * Formats the request and the response of a step as lines.
 *
 * @module
 */
import type {
  JsonObject,
  JsonValue,
  Observation,
  StepMessages,
  StepMessageSource,
  TimelineStep,
  UnreadableFile,
} from "../../mod.ts";
import { compactJson, shorten } from "../json/preview.ts";
import { formatBytes, pluralize } from "./terminal/format.ts";
import { dim, type Text } from "./terminal/text.ts";

/** Lines of a request or response of a step that failed. */
export const FAILED_STEP_LINES_MAX = 16;
const COMPACT_LENGTH_MAX = 1000;
/** Of a line of a step that failed, in letters. */
const LINE_LENGTH_MAX = 10_000;
const LABEL_COLUMNS = 10;

/** How much of a request or a response is shown. */
export type Detail = "line" | "lines" | "full";

/** A line with its label before it. */
export function labelled(label: string, text: Text): Text {
  return ["    ", dim(label.padEnd(LABEL_COLUMNS)), " ", text];
}

/** The line that says how many lines are not shown. */
export function moreLines(count: number): Text[] {
  return count <= 0
    ? []
    : [labelled("", dim(`… ${pluralize(count, "more lines")}: --full`))];
}

/** The lines of a request and of a response. */
export function messagesLines(
  step: TimelineStep,
  { request, response }: StepMessages,
  detail: Detail,
): Text[] {
  const lines: Text[] = [];
  if (request) {
    const title = `${request.method ?? ""} ${request.url ?? ""}`.trim();
    lines.push(
      ...messageLines("request", title, request, step.request, detail),
    );
  }
  if (response) {
    const title = statusText(response.status_code);
    lines.push(
      ...messageLines("response", title, response, step.response, detail),
    );
  }
  return lines;
}

/** Fields of an observation that are shown elsewhere. */
const SHOWN_FIELDS = new Set([
  "ok",
  "status_code",
  "latency_ms",
  "headers",
  "body",
  "body_encoding",
  "errors",
]);

/** The lines of what else an action saw: attempts, and fields of the user's own. */
export function ownFieldsLines(
  observation: Observation,
  detail: Detail,
): Text[] {
  const own = Object.entries(observation)
    .filter(([field]) => !SHOWN_FIELDS.has(field));
  if (own.length === 0) return [];
  const value = Object.fromEntries(own) as JsonObject;
  if (detail === "line") return [labelled("observed", compact(value))];
  return cutLines("observed", jsonLines(value), detail);
}

function statusText(status_code: JsonValue | undefined): string {
  if (status_code === undefined) return "";
  return status_code === null ? "no answer" : compactJson(status_code);
}

function messageLines(
  label: string,
  title: string,
  { headers, body, unreadable }: {
    headers: JsonValue;
    body: JsonValue;
    unreadable: UnreadableFile | null;
  },
  source: StepMessageSource | null,
  detail: Detail,
): Text[] {
  const note = unreadable
    ? unreadableText(unreadable)
    : bytesText(body, headers, source?.path ?? STEPS_FILE);
  const shownBody = note ?? body;
  if (detail === "line") {
    const line = note ?? (body === null ? "" : compact(body));
    return [labelled(label, `${title} ${line}`.trim())];
  }
  const lines = [
    ...(title === "" ? [] : [title]),
    ...(detail === "full" && headers !== null ? headerLines(headers) : []),
    ...(shownBody === null ? [] : jsonLines(shownBody)),
  ];
  return cutLines(label, lines, detail);
}

function cutLines(
  label: string,
  lines: readonly string[],
  detail: Detail,
): Text[] {
  const shown = detail === "full"
    ? lines
    : lines.slice(0, FAILED_STEP_LINES_MAX)
      .map((line) => shorten(line, LINE_LENGTH_MAX));
  return [
    ...shown.map((line, i) => labelled(i === 0 ? label : "", line)),
    ...moreLines(lines.length - shown.length),
  ];
}

function unreadableText({ path, reason, sizeBytes }: UnreadableFile): string {
  switch (reason) {
    case "missing":
      return `(${path} is missing)`;
    case "not-kept":
      return "(not kept: only where an instance did not pass)";
    case "empty":
      return `(${path} is damaged: empty)`;
    case "not-json":
      return `(${path} is damaged: not JSON)`;
    case "too-large":
      return `(${path} has ${formatBytes(sizeBytes)}: --full shows it)`;
  }
}

/** Where a body is that no file of its own has: in the observation. */
const STEPS_FILE = "steps.jsonl";

/**
 * `(20.0 kB application/pdf, as base64 in artifacts/…)`: in place of base64, with
 * the file that has it.
 */
function bytesText(
  body: JsonValue,
  headers: JsonValue,
  path: string,
): string | undefined {
  if (!isObject(body)) return undefined;
  const { body_encoding, body: text } = body;
  if (body_encoding !== "base64" || typeof text !== "string") return undefined;
  const padding = /=*$/.exec(text)![0].length;
  const size = Math.floor(text.length * 3 / 4) - padding;
  const type = isObject(headers) && headers["content-type"];
  return `(${formatBytes(size)} ${
    typeof type === "string" ? type : "bytes"
  }, as base64 in ${path})`;
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function compact(value: JsonValue): string {
  return compactJson(value, COMPACT_LENGTH_MAX);
}

/** `content-type: application/json` and so on. */
function headerLines(headers: JsonValue): string[] {
  if (
    typeof headers !== "object" || headers === null || Array.isArray(headers)
  ) {
    return jsonLines(headers);
  }
  return Object.entries(headers).map(([name, value]) =>
    `${name}: ${typeof value === "string" ? value : compact(value ?? null)}`
  );
}

function jsonLines(value: JsonValue): string[] {
  return typeof value === "string"
    ? value.split(/\r?\n/)
    : JSON.stringify(value, null, 2).split("\n");
}
