/**
 * Texts for people, without what they must not show.
 *
 * @module
 */

const CREDENTIALS = /(\/\/[^\s/?#@:]*):[^\s/?#@]*@/g;

/** A text without the passwords of its URLs. */
export function withoutCredentials(text: string): string {
  return text.includes("@") ? text.replace(CREDENTIALS, "$1:…@") : text;
}

/** Whether a text has the password of a URL. */
export function hasCredentials(text: string): boolean {
  return text.search(CREDENTIALS) !== -1;
}

/**
 * Returns a function that replaces some values in a text by `…`: as they are, as
 * JSON, and URL-encoded.
 */
export function concealer(values: readonly string[]): (text: string) => string {
  const forms = values.filter((value) => value !== "").flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value.toWellFormed()),
  ]);
  // The longest first: one may be a part of another.
  const sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  return (text) =>
    sorted.reduce((rest, form) => rest.replaceAll(form, "…"), text);
}
