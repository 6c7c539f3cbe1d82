/**
 * Bounds the memory that JSON of a stranger takes when it is parsed.
 *
 * @module
 */

/** Maximum of {@linkcode parsedSize} of a line. A writer writes no more. */
export const PARSED_BYTES_MAX: number = 32 * 1024 * 1024;

/**
 * The same of a manifest or a summary: one of 1,000 scenarios has sketches with
 * hundreds of buckets each.
 */
export const PARSED_DOCUMENT_BYTES_MAX: number = 128 * 1024 * 1024;

const QUOTE = 34;
const COMMA = 44;
const COLON = 58;
const BRACKET = 91;
const BACKSLASH = 92;
const BRACE = 123;

/** An empty object or list, with its place in another one. */
const CONTAINER_BYTES = 128;
/** A key, and the place of its value. */
const MEMBER_BYTES = 64;
/** The place of an item. */
const ITEM_BYTES = 24;

/** Whether a line of so many bytes may take more than the maximum when parsed. */
export function mayBeTooComplex(bytes: number): boolean {
  return bytes > PARSED_BYTES_MAX / CONTAINER_BYTES;
}

/** Whether JSON takes more than so much when it is parsed. */
export function isTooComplex(
  json: Uint8Array,
  bytesMax: number = PARSED_BYTES_MAX,
): boolean {
  return mayBeTooComplex(json.length) && parsedSize(json) > bytesMax;
}

/**
 * Estimates the bytes that parsed JSON takes besides its texts, by the commas,
 * colons and brackets outside of texts. Need not be JSON.
 */
export function parsedSize(json: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < json.length; i++) {
    const byte = json[i];
    if (byte === QUOTE) i = endOfText(json, i + 1);
    else if (byte === COMMA) size += ITEM_BYTES;
    else if (byte === COLON) size += MEMBER_BYTES;
    else if (byte === BRACE || byte === BRACKET) size += CONTAINER_BYTES;
  }
  return size;
}

/** The place of the quote that ends a text. */
function endOfText(json: Uint8Array, start: number): number {
  for (let i = start; i < json.length; i++) {
    if (json[i] === BACKSLASH) i++;
    else if (json[i] === QUOTE) return i;
  }
  return json.length;
}
