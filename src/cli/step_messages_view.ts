/**
 * Formats the request and the response of a step as lines.
 *
 * @module
 */
import type { JsonValue, StepMessages, UnreadableFile } from "../../mod.ts";
import { compactJson } from "../json/preview.ts";
import { formatBytes, pluralize } from "./terminal/format.ts";
import { dim, type Text } from "./terminal/text.ts";

/** Lines of a request or response of a step that failed. */
export const FAILED_STEP_LINES_MAX = 16;
const COMPACT_LENGTH_MAX = 1000;
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
  { request, response }: StepMessages,
  detail: Detail,
): Text[] {
  const lines: Text[] = [];
  if (request) {
    const title = `${request.method ?? ""} ${request.url ?? ""}`.trim();
    lines.push(...messageLines("request", title, request, detail));
  }
  if (response) {
    const title = statusText(response.status_code);
    lines.push(...messageLines("response", title, response, detail));
  }
  return lines;
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
  detail: Detail,
): Text[] {
  const shownBody = unreadable ? unreadableText(unreadable) : body;
  if (detail === "line") {
    const line = shownBody === null ? "" : compact(shownBody);
    return [labelled(label, `${title} ${line}`.trim())];
  }
  const lines = [
    ...(title === "" ? [] : [title]),
    ...(detail === "full" && headers !== null ? headerLines(headers) : []),
    ...(shownBody === null ? [] : jsonLines(shownBody)),
  ];
  const shown = detail === "full"
    ? lines
    : lines.slice(0, FAILED_STEP_LINES_MAX);
  return [
    ...shown.map((line, i) => labelled(i === 0 ? label : "", line)),
    ...moreLines(lines.length - shown.length),
  ];
}

function unreadableText({ path, reason, sizeBytes }: UnreadableFile): string {
  switch (reason) {
    case "missing":
      return `(${path} is missing)`;
    case "empty":
      return `(${path} is damaged: empty)`;
    case "not-json":
      return `(${path} is damaged: not JSON)`;
    case "too-large":
      return `(${path} has ${formatBytes(sizeBytes)}: --full shows it)`;
  }
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
