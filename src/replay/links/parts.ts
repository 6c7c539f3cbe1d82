/**
 * The parts of a text that have values of their own: segments and parameters of a
 * URL, cookies, credentials, fields of forms and of pages.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import type { Path } from "../../json/path_pattern.ts";

/** A part of a text. */
export interface Part {
  /** Its place below that of the text. */
  path: Path;
  /** Where it stands in the text. */
  start: number;
  /** Where it ends. */
  end: number;
  /** Its value, decoded. */
  value: string;
  /** How another value is written there. */
  encode: (value: string) => string;
}

const asIs = (value: string): string => value;

/** The parts of a text, of which the key of its member says what it is. */
export function partsOf(text: string, key: string): Part[] {
  switch (key.toLowerCase()) {
    case "cookie":
      return cookies(text);
    case "set-cookie":
      return setCookies(text);
    case "authorization":
    case "proxy-authorization":
      return credentials(text);
  }
  if (/^(?:https?:\/\/|\/(?!\/))\S*$/.test(text)) return urlParts(text);
  if (/^[^\s=&<>{}"?/]+=[^\s&]*(?:&[^\s=&]*=[^\s&]*)*$/.test(text)) {
    return formFields(text, 0, []);
  }
  if (key === "body" && text.includes("<")) return pageParts(text);
  return [];
}

function urlParts(url: string): Part[] {
  const [, origin = "", path = "", query] =
    /^(https?:\/\/[^/?#]*)?([^?#]*)(?:\?([^#]*))?/i.exec(url) ?? [];
  const parts: Part[] = [];
  // As it is sent to a base URL.
  const target = url.slice(origin.length).replace(/#.*$/s, "");
  if (origin !== "" && target !== "") {
    parts.push({
      path: ["target"],
      start: origin.length,
      end: origin.length + target.length,
      value: target,
      encode: asIs,
    });
  }
  let at = origin.length;
  for (const [index, segment] of path.split("/").entries()) {
    if (segment !== "") {
      parts.push(encodedPart(["path", index - 1], at, segment));
    }
    at += segment.length + 1;
  }
  if (query === undefined) return parts;
  const start = origin.length + path.length + 1;
  return [...parts, ...formFields(query, start, ["query"])];
}

function formFields(text: string, offset: number, path: Path): Part[] {
  const parts: Part[] = [];
  const seen = new Map<string, number>();
  let at = offset;
  for (const field of text.split("&")) {
    const equals = field.indexOf("=");
    if (equals !== -1 && equals < field.length - 1) {
      const name = decode(field.slice(0, equals).replaceAll("+", " "));
      const count = seen.get(name) ?? 0;
      seen.set(name, count + 1);
      parts.push(encodedPart(
        [...path, name, ...(count > 0 ? [count] : [])],
        at + equals + 1,
        field.slice(equals + 1),
      ));
    }
    at += field.length + 1;
  }
  return parts;
}

function encodedPart(path: Path, start: number, raw: string): Part {
  const spaced = path[0] === "path" ? raw : raw.replaceAll("+", " ");
  const value = decode(spaced);
  return {
    path,
    start,
    end: start + raw.length,
    value,
    encode: encodeURIComponent,
  };
}

function cookies(text: string): Part[] {
  return [...text.matchAll(/([^\s=;]+)=("?)([^;"]*)\2/g)].map((match) =>
    partOf([match[1]!], match, 3)
  );
}

/** Several cookies are joined by commas, which stand in dates as well. */
function setCookies(text: string): Part[] {
  const one = /(?:^|,\s*)([^\s=;,]+)=("?)([^;"]*?)\2(?=;|$|,\s*[^\s=;,]+=)/g;
  return [...text.matchAll(one)].map((match) => partOf([match[1]!], match, 3));
}

function credentials(text: string): Part[] {
  const match = /^([A-Za-z][\w-]*) +(\S+)$/.exec(text);
  return match ? [partOf([], match, 2)] : [];
}

/** Fields of forms, of the head of a page, and where it leads to. */
function pageParts(html: string): Part[] {
  const parts: Part[] = [];
  let links = 0;
  for (const tag of html.matchAll(/<(input|meta|a|form)\b[^>]*>/gi)) {
    const attribute = (name: string) =>
      new RegExp(`\\s${name}\\s*=\\s*(["'])(.*?)\\1`, "is").exec(tag[0]);
    const name = attribute("name")?.[2] ?? attribute("property")?.[2];
    const value = attribute("value") ?? attribute("content");
    const target = attribute("href") ?? attribute("action");
    const found = target ?? (name === undefined ? null : value);
    if (!found) continue;
    const path: Path = target ? ["link", links++] : ["field", name!];
    parts.push(partOf(path, found, 2, tag.index));
  }
  return parts;
}

/** The group of a match as a part. */
function partOf(
  path: Path,
  match: RegExpExecArray | RegExpMatchArray,
  group: number,
  offset = 0,
): Part {
  const raw = match[group]!;
  const start = offset + match.index! +
    match[0].lastIndexOf(raw, match[0].length);
  return {
    path,
    start,
    end: start + raw.length,
    value: unescapeHtml(raw),
    encode: asIs,
  };
}

function unescapeHtml(text: string): string {
  return text.replaceAll("&amp;", "&").replaceAll("&#x3D;", "=");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // Not encoded, or not in UTF-8.
  }
}

/** How a value is written in base64 as it stands in a text. */
export function base64Like(raw: string): (value: string) => string {
  return (value) => {
    const standard = encodeBase64(value);
    const text = /[-_]/.test(raw)
      ? standard.replaceAll("+", "-").replaceAll("/", "_")
      : standard;
    return /=$/.test(raw) || raw.length % 4 === 0
      ? text
      : text.replace(/=+$/, "");
  };
}
