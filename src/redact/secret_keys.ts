/**
 * Detects secrets of any message: values of well-known keys, and credentials in a
 * URL.
 *
 * @module
 */
import { hasCredentials } from "../json/conceal.ts";

/** Keys whose values are taken out by default. */
export const SECRET_KEYS: readonly string[] = [
  "password",
  "passwd",
  "secret",
  "token",
  "access_token",
  "refresh_token",
  "client_secret",
  "api_key",
];

const BY_LENGTH: readonly (readonly string[])[] = Array.from(
  { length: 1 + Math.max(...SECRET_KEYS.map(({ length }) => length)) },
  (_, length) => SECRET_KEYS.filter((key) => key.length === length),
);

/**
 * Whether a key is one of {@linkcode SECRET_KEYS}, in any case. Asked for each key
 * recorded: the length and the first letter come first.
 */
export function isSecretKey(key: string): boolean {
  if (key.length < 5 || key.length >= BY_LENGTH.length) return false;
  // A letter in lower case.
  const first = key.charCodeAt(0) | 0x20;
  for (const known of BY_LENGTH[key.length]!) {
    if (known.charCodeAt(0) === first && known === key.toLowerCase()) {
      return true;
    }
  }
  return false;
}

/**
 * Whether a key is one of headers: `headers`, `rawHeaders`, `request_headers`, and
 * `header`, as Go and Postman have it. Asked for every object of every record, so
 * single letters come first.
 */
export function isHeadersKey(key: string): boolean {
  if (key === "headers") return true;
  const last = key.charCodeAt(key.length - 1) | 0x20;
  if (last !== S && last !== R) return false;
  const word = last === S ? "headers" : "header";
  const start = key.length - word.length;
  return start >= 0 && (key.charCodeAt(start) | 0x20) === H &&
    key.slice(start).toLowerCase() === word;
}

const [H, R, S] = [..."hrs"].map((letter) => letter.charCodeAt(0));

/** Whether the text of a key may hold secrets: a body, a URL or an error's text. */
export function isTextKey(key: string): boolean {
  return key === "body" || key === "url" || key === "location" ||
    isProseKey(key);
}

/** Whether a key is one of texts for people, which may name a URL. */
export function isProseKey(key: string): boolean {
  return key === "message" || key === "stack";
}

/** A key, and what follows it in JSON, in a form, or in one inside of the other. */
const KEY_IN_TEXT = new RegExp(
  `(?:${
    SECRET_KEYS.join("|")
  })(?:["'\\]\\\\]|%(?:25)*(?:22|5c|5d))*(?:[:=\\s]|%(?:25)*(?:3a|3d|20))`,
  "i",
);

/** Whether a text names a secret key or has the password of a URL. */
export function mayHoldSecret(text: string): boolean {
  return KEY_IN_TEXT.test(text) || hasCredentials(text);
}
