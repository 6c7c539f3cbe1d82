/**
 * The paths that a step lists as its artifacts.
 *
 * @module
 */
import { artifactPath } from "../format/layout.ts";
import { isSafeName } from "../format/names.ts";
import type { PreparedArtifact } from "./artifact_content.ts";
import { invalidRecord } from "./invalid_record.ts";

/**
 * Returns the paths of a step's files.
 *
 * @param files Those of its request and response.
 * @param others Paths that `artifact()` gave.
 * @throws {ArtifactError} `INVALID_RECORD`
 */
export function artifactPaths(
  instance_id: string,
  files: readonly PreparedArtifact[],
  others: readonly string[] | undefined,
): string[] {
  const paths = files.map(({ name }) => artifactPath(instance_id, name));
  if (others === undefined) return paths;
  if (!Array.isArray(others)) {
    throw invalidRecord("step", {
      path: "artifacts",
      message: "must be an array of paths",
    });
  }
  for (const path of others) {
    if (!isPathOf(instance_id, path)) {
      const found = typeof path === "string"
        ? JSON.stringify(path)
        : `a ${typeof path}`;
      throw invalidRecord("step", {
        path: "artifacts",
        message:
          `must hold paths that artifact() of "${instance_id}" gave, not ${found}`,
      });
    }
    paths.push(path);
  }
  return paths;
}

function isPathOf(instance_id: string, path: string): boolean {
  const prefix = artifactPath(instance_id, "");
  return typeof path === "string" && path.startsWith(prefix) &&
    isSafeName(path.slice(prefix.length));
}
