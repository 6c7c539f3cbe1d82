/**
 * Bodies in their recorded form: JSON as JSON, text as text, anything else as
 * base64, and never more than a limit.
 *
 * @module
 */
import { encodeBase64 } from "@std/encoding/base64";
import { parseExactJson } from "../json/exact_json.ts";
import type { JsonValue } from "../json/value.ts";
import type { RecordedBody } from "./http_message.ts";

/** How much of a body is kept where nothing else is said: 16 MiB. */
export const BODY_BYTES_MAX: number = 2 ** 24;

/**
 * The bytes of a body as they are recorded: as JSON where they claim to be that
 * and a record holds it exactly, else as text, and where they are neither UTF-8
 * nor in the charset that they claim, as base64.
 */
export function recordBody(
  bytes: Uint8Array,
  content_type: string | null,
): RecordedBody {
  const isJson = bytes.length > 0 && /\bjson\b/i.test(content_type ?? "");
  const json = isJson ? parseBytes(bytes, content_type) : undefined;
  return json
    ? { body: json.value, body_encoding: "json" }
    : recordText(bytes, content_type, false);
}

/** JSON is UTF-8 (RFC 8259, 8.1), also where a service says something else. */
function parseBytes(
  bytes: Uint8Array,
  content_type: string | null,
): { value: JsonValue } | undefined {
  const text = decode(bytes, "utf-8", false) ??
    decode(bytes, charsetOf(content_type) ?? "utf-8", false);
  return text === undefined ? undefined : parseExactJson(text);
}

/** @param isCut Whether the bytes may end within a character. */
function recordText(
  bytes: Uint8Array,
  content_type: string | null,
  isCut: boolean,
): RecordedBody {
  if (bytes.length === 0) return { body: null };
  const charset = charsetOf(content_type);
  const body = decode(bytes, charset ?? "utf-8", isCut);
  return body === undefined
    ? { body: encodeBase64(bytes), body_encoding: "base64" }
    : {
      body,
      body_encoding: "text",
      ...(charset && { body_charset: charset }),
    };
}

/** The charset that a content type names, where it is not UTF-8. */
function charsetOf(content_type: string | null): string | undefined {
  const name = /;\s*charset\s*=\s*"?([^\s;"]+)/i.exec(content_type ?? "")?.[1]
    ?.toLowerCase();
  // ASCII is a part of UTF-8.
  return name && !/^(?:utf-?8|(?:us-)?ascii)$/.test(name) ? name : undefined;
}

function decode(
  bytes: Uint8Array,
  charset: string,
  isCut: boolean,
): string | undefined {
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true })
      .decode(bytes, { stream: isCut });
  } catch {
    return undefined;
  }
}

/** Collects the beginning of a body that passes by, and counts the rest. */
export class BodyRecorder {
  readonly #bytesMax: number;
  readonly #chunks: Uint8Array[] = [];
  #kept = 0;
  #total = 0;

  /** @param bytesMax How much is kept. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Whether it was larger than what is kept. */
  get isCut(): boolean {
    return this.#total > this.#kept;
  }

  /** Bytes that passed by. */
  get size(): number {
    return this.#total;
  }

  /**
   * Takes the next bytes, which must not change any more.
   *
   * @returns How many of them are kept.
   */
  add(bytes: Uint8Array): number {
    this.#total += bytes.length;
    const room = this.#bytesMax - this.#kept;
    if (room === 0 || bytes.length === 0) return 0;
    // A copy of a part: the part alone would hold the whole in memory.
    const kept = bytes.length > room ? bytes.slice(0, room) : bytes;
    this.#chunks.push(kept);
    this.#kept += kept.length;
    return kept.length;
  }

  /** Counts bytes that are not kept. */
  skip(bytes: number): void {
    this.#total += bytes;
  }

  /** What was kept. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#kept);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    return bytes;
  }

  /** What is recorded of the body. */
  recorded(content_type: string | null, isWhole: boolean): RecordedBody {
    const bytes = this.bytes();
    return {
      ...(this.isCut || !isWhole
        ? recordText(bytes, content_type, true)
        : recordBody(bytes, content_type)),
      ...(this.isCut && { body_truncated: { bytes: this.#total } }),
      ...(!isWhole && { body_incomplete: true }),
    };
  }
}
