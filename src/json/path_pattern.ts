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

const ANY: unique symbol = Symbol("*");
const DEEP: unique symbol = Symbol("**");

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
    } in "${option}": it is no path such as "headers.date" or "body.items[*].id"`,
    { path: option },
  );
}

/** The pattern that covers one place. */
export function exactPattern(path: Path): PathPattern {
  return path.map(String);
}

/** Whether a pattern covers a path: that place, and so all that is below it. */
export function covers(pattern: PathPattern, path: Path): boolean {
  return matches(pattern, 0, path, 0);
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

function matches(
  pattern: PathPattern,
  p: number,
  path: Path,
  i: number,
): boolean {
  if (p === pattern.length) return i === path.length;
  if (pattern[p] === DEEP) {
    for (let skipped = i; skipped <= path.length; skipped++) {
      if (matches(pattern, p + 1, path, skipped)) return true;
    }
    return false;
  }
  if (i === path.length) return false;
  return (pattern[p] === ANY || pattern[p] === String(path[i])) &&
    matches(pattern, p + 1, path, i + 1);
}
