/**
 * Finds secrets in a text, in the forms that programs write.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import {
  bytesOf,
  type DecodedText,
  decodedTexts,
  withoutLineBreaks,
} from "./encoded_text.ts";

/** A shorter value occurs in any text by chance, once it is base64. */
const SECRET_BYTES_MIN = 6;

/** The most that an encoded byte takes: `%2525252541`, `\\\\u0041`, `&#x000041;`. */
const EXPANSION_MAX = 16;

/** Secrets by name; the names of a list are its indexes. */
export type Secrets = readonly string[] | Readonly<Record<string, string>>;

/** A place in a text that holds a secret. */
export interface SecretHit {
  /** Name of the secret. */
  name: string;
  /** How it is written there, such as `"in base64"`. */
  form: string;
  /** Where it begins. */
  offset: number;
  /** Where it ends. */
  end: number;
}

/** What is searched for. */
interface Needle {
  name: string;
  /** Null for the secret as it is. */
  form: string | null;
  /** One character for each byte. */
  text: string;
}

/**
 * The forms of secrets: as they are, in UTF-16, in base64 at any position and in
 * lines, in hex, one of these in another; and all of these as JSON, URL-encoded or
 * as HTML, whichever characters are escaped, to a depth of three.
 */
export class SecretForms {
  /** The most bytes that a secret takes in any form. */
  readonly lengthMax: number;
  readonly #plain: Needle[] = [];
  readonly #base64: Needle[] = [];
  readonly #hex: Needle[] = [];

  /** @throws {ArtifactError} `INVALID_OPTION` where a secret is too short */
  constructor(secrets: Secrets) {
    let longest = 0;
    for (const [name, secret] of Object.entries(secrets)) {
      assertLong(name, secret);
      const bytes = bytesOf(secret);
      longest = Math.max(longest, bytes.length);
      this.#plain.push({ name, form: null, text: bytes });
      // In a form, a plus is a space.
      if (secret.includes(" ")) {
        const text = bytes.replaceAll(" ", "+");
        this.#plain.push({ name, form: "URL-encoded", text });
      }
      for (const text of utf16Of(secret)) {
        this.#plain.push({ name, form: "in UTF-16", text });
      }
      const json = bytesOf(JSON.stringify(secret).slice(1, -1));
      const url = encodeURIComponent(secret.toWellFormed());
      const hex = hexOf(bytes);
      const inner = new Set([bytes, json, url, hex, hex.toUpperCase()]);
      for (const text of base64Of(bytes)) inner.add(text);
      const digits = new Set([...inner].flatMap(base64Of));
      for (const text of digits) {
        this.#base64.push({ name, form: "in base64", text });
      }
      for (const text of inner) {
        this.#hex.push({ name, form: "in hex", text: hexOf(text) });
      }
    }
    this.lengthMax = longest * EXPANSION_MAX;
  }

  /**
   * Returns the secrets in a text, each place once, in order.
   *
   * @param text One character for each byte.
   */
  hitsIn(text: string): SecretHit[] {
    const hits: SecretHit[] = [];
    for (const decoded of decodedTexts(text)) {
      this.#search(decoded, this.#plain, hits);
      this.#search(withoutLineBreaks(decoded), this.#base64, hits);
      const { text } = decoded;
      this.#search(
        { ...decoded, text: text.toLowerCase() },
        this.#hex,
        hits,
      );
    }
    return hits.sort((a, b) => a.offset - b.offset);
  }

  #search(
    { text, places, forms }: DecodedText,
    needles: readonly Needle[],
    hits: SecretHit[],
  ): void {
    for (const { name, form, text: needle } of needles) {
      let at = text.indexOf(needle);
      for (; at !== -1; at = text.indexOf(needle, at + needle.length)) {
        const [offset, end] = [places[at]!, places[at + needle.length]!];
        const isKnown = hits.some((hit) =>
          hit.name === name && hit.offset < end && offset < hit.end
        );
        if (isKnown) continue;
        const words = form === null ? forms : [...forms, form];
        const shown = words.length === 0 ? "as it is" : words.join(", ");
        hits.push({ name, form: shown, offset, end });
      }
    }
  }
}

function assertLong(name: string, secret: string): void {
  const isLong = typeof secret === "string" &&
    bytesOf(secret).length >= SECRET_BYTES_MIN;
  if (isLong) return;
  throw new ArtifactError(
    "INVALID_OPTION",
    `Cannot search for the secret ${
      JSON.stringify(name)
    }: it must be a text of at least ${SECRET_BYTES_MIN} bytes: a shorter one occurs by chance`,
    { path: "secrets" },
  );
}

/** The bytes of a text in UTF-16, in either order. */
function utf16Of(text: string): string[] {
  let little = "";
  let big = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const [low, high] = [
      String.fromCharCode(unit & 0xff),
      String.fromCharCode(unit >> 8),
    ];
    little += low + high;
    big += high + low;
  }
  return [little, big];
}

function hexOf(bytes: string): string {
  return Array.from(
    bytes,
    (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0"),
  ).join("");
}

/**
 * The base64 digits that depend on some bytes only, whatever stands before and
 * after them.
 */
function base64Of(bytes: string): string[] {
  return [0, 1, 2].map((shift) => {
    const binary = "\0".repeat(shift) + bytes;
    return btoa(binary).slice(
      Math.ceil((8 * shift) / 6),
      Math.floor((8 * binary.length) / 6),
    );
  });
}
