/**
 * The values that a request or an answer holds: members, and the parts of URLs,
 * cookies, forms, pages and encoded texts.
 *
 * @module
 */
import { decodeBase64 } from "@std/encoding/base64";
import type { JsonObject, JsonValue } from "../../json/value.ts";
import { type Path, pathText } from "../../json/path_pattern.ts";
import { placeholderIn } from "../../json/placeholder.ts";
import { secretText, textOfSecret } from "./secret_text.ts";
import { type Part, partsOf } from "./parts.ts";

/** A value, and where it stands. */
export interface Slot {
  /** The member that holds it. */
  member: Path;
  /** The place as text: that of the member, and of the part in it. */
  path: string;
  /** The last name of the place, such as `cart_id`. */
  key: string;
  /** The value, decoded. */
  value: string | number;
  /** Where it stands in the text of the member; undefined for the whole member. */
  part?: Part;
}

/** How many values of one message are looked at. */
const SLOTS_MAX = 20_000;

/** The values of a recorded request or observation, in order. */
export function slotsOf(message: JsonValue | undefined): Slot[] {
  const slots: Slot[] = [];
  collect(message, [], slots);
  return slots;
}

/** The member at a path; undefined where there is none. */
export function memberAt(
  value: JsonValue | undefined,
  path: Path,
): JsonValue | undefined {
  let found = value;
  for (const key of path) {
    if (typeof found !== "object" || found === null) return undefined;
    if (!Object.hasOwn(found, key)) return undefined;
    found = (found as JsonObject)[key];
  }
  return found;
}

function collect(
  value: JsonValue | undefined,
  member: Path,
  slots: Slot[],
): void {
  if (slots.length >= SLOTS_MAX || isAside(member)) return;
  const text = typeof value === "string" ? value : secretText(value);
  const key = keyOf(member);
  if (text !== undefined) {
    slots.push({ member, path: pathText(member), key, value: text });
    for (const part of partsOf(text, key)) {
      const path = [...member, ...part.path];
      const name = part.path.length > 0 ? keyOf(path) : key;
      slots.push({
        member,
        path: pathText(path),
        key: name,
        value: secretInText(part.value) ?? part.value,
        part,
      });
    }
  } else if (typeof value === "number") {
    slots.push({ member, path: pathText(member), key, value });
  } else if (typeof value === "object" && value !== null) {
    const entries: [string | number, JsonValue | undefined][] =
      Array.isArray(value)
        ? value.map((item, index) => [index, item])
        : Object.entries(value);
    for (const [name, inner] of entries) {
      collect(inner, [...member, name], slots);
    }
  }
}

/** The secret of a placeholder that stands in a query or a form. */
function secretInText(text: string): string | undefined {
  const placeholder = placeholderIn(text);
  return placeholder && textOfSecret(placeholder);
}

/** Whether a field describes a message, and is not a value in it. */
function isAside(member: Path): boolean {
  return member.length === 1 && [
    "ok",
    "status_code",
    "latency_ms",
    "body_encoding",
    "body_charset",
    "errors",
    "method",
  ].includes(String(member[0]));
}

function keyOf(path: Path): string {
  return String(path.findLast((key) => typeof key === "string") ?? "");
}

/** The text that base64 of either alphabet encodes; undefined for other texts. */
export function decodedBase64(text: string): string | undefined {
  if (text.length < 8 || !/^[\w+/-]+={0,2}$/.test(text)) return undefined;
  const standard = text.replaceAll("-", "+").replaceAll("_", "/");
  try {
    const padded = standard.replace(/=+$/, "");
    const bytes = decodeBase64(
      padded + "=".repeat((4 - padded.length % 4) % 4),
    );
    const decoded = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // Other texts are base64 by chance, and decode to anything.
    return /^[\x20-\x7e]+$/.test(decoded) ? decoded : undefined;
  } catch {
    return undefined;
  }
}
