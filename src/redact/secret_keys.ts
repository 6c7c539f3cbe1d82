/**
 * What is a secret wherever it stands: values of well-known keys, and credentials
 * in a URL.
 *
 * @module
 */

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

/** Whether a key is one of {@linkcode SECRET_KEYS}: asked for each key recorded. */
export function isSecretKey(key: string): boolean {
  switch (key.length) {
    case 5:
      return key === "token";
    case 6:
      return key === "passwd" || key === "secret";
    case 7:
      return key === "api_key";
    case 8:
      return key === "password";
    case 12:
      return key === "access_token";
    case 13:
      return key === "refresh_token" || key === "client_secret";
    default:
      return false;
  }
}

/**
 * Whether a key is one of headers: `headers`, `rawHeaders`, `request_headers`.
 * Asked for every object of every record, so the last letter comes first.
 */
export function isHeadersKey(key: string): boolean {
  if (key.length < 7) return false;
  if (key === "headers") return true;
  const last = key.charCodeAt(key.length - 1);
  return (last === 115 || last === 83) &&
    key.slice(-7).toLowerCase() === "headers";
}

/** Whether the text of a key may hold secrets of its own: a body or a URL. */
export function isTextKey(key: string): boolean {
  return key === "body" || key === "url" || key === "location";
}

const KEY_IN_TEXT = new RegExp(
  `(?:${SECRET_KEYS.join("|")})["\\]]?\\s*[:=\\s]`,
);
const CREDENTIALS = /(\/\/[^\s/?#@:]*):[^\s/?#@]*@/g;

/** Whether a text names a secret key or has the password of a URL. */
export function mayHoldSecret(text: string): boolean {
  return KEY_IN_TEXT.test(text) || text.search(CREDENTIALS) !== -1;
}

/** A text without the passwords of its URLs. */
export function withoutCredentials(text: string): string {
  return text.replace(CREDENTIALS, "$1:…@");
}
