/**
 * Paths into a value, and patterns that cover some of them.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import { joinPath } from "./path.ts";

/** A place in a value: keys of objects and indexes of arrays, from the root. */
export type Path = readonly (string | number)[];

/** One segment of a pattern; a string stands for itself. */
type Segment = string | typeof ANY | typeof DEEP;

/** `*`: any one segment. */
export const ANY: unique symbol = Symbol("*");
/** `**`: any number of segments. */
export const DEEP: unique symbol = Symbol("**");

/** A parsed pattern. */
export type PathPattern = readonly Segment[];

// A name, or in brackets an index, a star or a JSON string.
const SEGMENT =
  /\[(?:(\d+|\*)|("(?:[^"\\]|\\["\\/bfnrt]|\\u[\da-fA-F]{4})*"))\]|\.?([^.[\]]+)/y;

/**
 * Parses a pattern: a path such as `headers.date` or `body.items[2]["a key"]`,
 * in which `*` stands for any one segment and `**` for any number of them.
 *
 * @param option Name of the option that it was given in.
 * @throws {ArtifactError} `INVALID_OPTION`
 */
export function parsePattern(
  pattern: string,
  option = "ignore",
): PathPattern {
  const segments: Segment[] = [];
  SEGMENT.lastIndex = 0;
  while (typeof pattern === "string" && SEGMENT.lastIndex < pattern.length) {
    const match = SEGMENT.exec(pattern);
    if (!match) break;
    const [, index, quoted, name] = match;
    if (quoted !== undefined) segments.push(JSON.parse(quoted));
    else segments.push(wildcard(index ?? name!));
    if (SEGMENT.lastIndex === pattern.length) return segments;
  }
  throw new ArtifactError(
    "INVALID_OPTION",
    `Cannot use ${
      JSON.stringify(pattern)
    } in "${option}": expected a path such as "headers.date" or "body.items[*].id"`,
    { path: option },
  );
}

/** The pattern that covers one place. */
export function exactPattern(path: Path): PathPattern {
  return path.map(String);
}

/** A path as text: `body.items[2].price`. */
export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) =>
      typeof key === "number" ? `${text}[${key}]` : joinPath(text, key),
    "",
  );
}

function wildcard(text: string): Segment {
  return text === "*" ? ANY : text === "**" ? DEEP : text;
}
