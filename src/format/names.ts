/**
 * Validates names that become paths: run ids, instance ids, artifact names.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";

/** Maximum length of a name in UTF-8: file systems allow 255; suffixes need room. */
export const NAME_BYTES_MAX = 200;

/**
 * Separators, control characters, and what Windows forbids in a name
 * (learn.microsoft.com, "Naming Files, Paths, and Namespaces").
 */
// deno-lint-ignore no-control-regex
export const FORBIDDEN: RegExp = /[/\\<>:"|?*\u0000-\u001f\u007f-\u009f]/;
/**
 * Names of devices on Windows, with any extension. Made from a string: the JSON
 * Schema shows the source, and Bun rewrites a literal that is not ASCII.
 */
export const DEVICE: RegExp = new RegExp(
  "^(?:con|prn|aux|nul|conin\\$|conout\\$|(?:com|lpt)[0-9¹²³])\\s*(?:\\.|$)",
  "i",
);
// Most ids match this, and are longer than any device name: checked in one step.
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_-]{4,63}$/;

/**
 * Returns what is wrong with a name; `undefined` where it is safe: no separator,
 * no leading dot, no control character, nothing that Windows reserves, in Unicode
 * normal form NFC, at most {@linkcode NAME_BYTES_MAX} bytes in UTF-8.
 */
export function nameProblem(name: unknown): string | undefined {
  if (typeof name !== "string") return "is not a string";
  if (name === "") return "is empty";
  if (PLAIN.test(name)) return undefined;
  if (name.startsWith(".")) return "starts with a dot";
  if (/[. ]$/.test(name)) return "ends with a dot or a space";
  if (FORBIDDEN.test(name)) {
    return 'has a separator, a control character or one of <>:"|?*';
  }
  if (DEVICE.test(name)) return "is reserved by Windows";
  if (/\p{Surrogate}/u.test(name)) return "is not well-formed Unicode";
  if (name !== name.normalize("NFC")) {
    return "is not in Unicode normal form NFC: normalize it";
  }
  if (new TextEncoder().encode(name).length > NAME_BYTES_MAX) {
    return `is longer than ${NAME_BYTES_MAX} bytes`;
  }
  return undefined;
}

/**
 * Returns a name as macOS and Windows compare it, without regard to case: two
 * names of one instance that differ in case only could not be copied there.
 */
export function caseFolded(name: string): string {
  return name.toUpperCase().toLowerCase().normalize("NFC");
}

/** Whether a name may be part of a path; see {@linkcode nameProblem}. */
export function isSafeName(name: string): boolean {
  return nameProblem(name) === undefined;
}

/**
 * Throws where a name must not be part of a path.
 *
 * @param noun What the name is, for the message, such as `"run id"`.
 * @throws {ArtifactError} `UNSAFE_NAME`
 */
export function assertSafeName(noun: string, name: unknown): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  throw new ArtifactError(
    "UNSAFE_NAME",
    `Cannot use ${shorten(name)} as ${noun}: it ${problem}`,
  );
}

function shorten(name: unknown): string {
  if (typeof name !== "string") return `what is ${typeof name}`;
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
