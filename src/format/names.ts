/**
 * Names that become paths are hostile until checked: the one owner of what a
 * run id, an instance id and the name of an artifact may look like.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";

/** Longest name, in bytes of UTF-8: file systems end at 255, suffixes need room. */
export const NAME_BYTES_MAX = 200;

/**
 * Separators and what Windows reserves in a name (learn.microsoft.com, "Naming
 * Files, Paths, and Namespaces"), and all control characters.
 */
// deno-lint-ignore no-control-regex
export const FORBIDDEN: RegExp = /[/\\<>:"|?*\u0000-\u001f\u007f-\u009f]/;
/**
 * Names of devices on Windows, with whatever ending. From a string: Bun rewrites
 * a literal that is not ASCII, and the JSON Schema shows it.
 */
export const DEVICE: RegExp = new RegExp(
  "^(?:con|prn|aux|nul|conin\\$|conout\\$|(?:com|lpt)[0-9¹²³])\\s*(?:\\.|$)",
  "i",
);
// Ids as they mostly are, longer than any device: an answer in one step.
const PLAIN = /^[A-Za-z0-9_][A-Za-z0-9_-]{4,63}$/;

/**
 * Says what is wrong with a name, or `undefined` where it is safe: no
 * separator, no leading dot, no control character, nothing that Windows
 * reserves, nothing that normalises to another name, at most
 * {@linkcode NAME_BYTES_MAX} bytes in UTF-8.
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
    return "has Unicode that another name normalises to: use its NFC form";
  }
  if (new TextEncoder().encode(name).length > NAME_BYTES_MAX) {
    return `is longer than ${NAME_BYTES_MAX} bytes`;
  }
  return undefined;
}

/**
 * What a name is where case does not count, as on macOS and Windows: two names
 * of one instance that differ in case alone could not be copied there.
 */
export function caseFolded(name: string): string {
  return name.toUpperCase().toLowerCase().normalize("NFC");
}

/** Whether a name may become part of a path; see {@linkcode nameProblem}. */
export function isSafeName(name: string): boolean {
  return nameProblem(name) === undefined;
}

/**
 * Throws where a name must not become part of a path.
 *
 * @param what What the name is, for the message: `"run id"`.
 * @throws {ArtifactError} `UNSAFE_NAME`
 */
export function assertSafeName(what: string, name: unknown): void {
  const problem = nameProblem(name);
  if (problem === undefined) return;
  throw new ArtifactError(
    "UNSAFE_NAME",
    `Cannot use ${shorten(name)} as ${what}: it ${problem}`,
  );
}

function shorten(name: unknown): string {
  if (typeof name !== "string") return `a ${typeof name}`;
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80)}…` : name);
}
