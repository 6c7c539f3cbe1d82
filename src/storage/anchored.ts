/**
 * A file system that resolves relative paths against one fixed directory.
 *
 * @module
 */
import { isAbsolute } from "@std/path/is-absolute";
import { join } from "@std/path/join";
import { forwarding } from "./forwarding.ts";
import type { FileSystem } from "./file_system.ts";

/**
 * Resolves every relative path against the current working directory, so that a
 * later `chdir` changes nothing.
 */
export function anchored(fs: FileSystem): FileSystem {
  const directory = fs.workingDirectory?.();
  if (directory === undefined) return fs;
  const at = (path: string) => isAbsolute(path) ? path : join(directory, path);
  return {
    ...forwarding(fs),
    absolutePath: at,
    open: (path, mode, permissions) => fs.open(at(path), mode, permissions),
    openRead: (path) => fs.openRead(at(path)),
    stat: (path) => fs.stat(at(path)),
    fileId: (path) => fs.fileId(at(path)),
    list: (path) => fs.list(at(path)),
    makeDir: (path, permissions) => fs.makeDir(at(path), permissions),
    ensureDir: (path) => fs.ensureDir(at(path)),
    rename: (from, to) => fs.rename(at(from), at(to)),
    remove: (path) => fs.remove(at(path)),
    syncDir: (path) => fs.syncDir(at(path)),
    ...(fs.link && { link: (from, to) => fs.link!(at(from), at(to)) }),
    ...(fs.keepTouching && {
      keepTouching: (path, intervalMs) =>
        fs.keepTouching!(at(path), intervalMs),
    }),
    ...(fs.watch &&
      { watch: (path, onChange) => fs.watch!(at(path), onChange) }),
  };
}
