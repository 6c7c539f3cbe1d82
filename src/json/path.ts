/**
 * Paths to places in JSON values.
 *
 * @module
 */

/** Appends a key to a path: `a.b`, or `a["x y"]` where the key is not an identifier. */
export function joinPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === "" ? key : `${path}.${key}`;
}
