/**
 * The base of file systems that forward most calls to another one.
 *
 * @module
 */
import type { FileSystem } from "./file_system.ts";

/** All verbs of a file system, the optional ones as far as it has them. */
export function forwarding(fs: FileSystem): FileSystem {
  return {
    open: (path, mode, permissions) => fs.open(path, mode, permissions),
    openRead: (path) => fs.openRead(path),
    stat: (path) => fs.stat(path),
    fileId: (path) => fs.fileId(path),
    list: (path) => fs.list(path),
    makeDir: (path, permissions) => fs.makeDir(path, permissions),
    ensureDir: (path) => fs.ensureDir(path),
    rename: (from, to) => fs.rename(from, to),
    remove: (path) => fs.remove(path),
    syncDir: (path) => fs.syncDir(path),
    identity: () => fs.identity(),
    isRunning: (process) => fs.isRunning(process),
    ...(fs.link && { link: (from, to) => fs.link!(from, to) }),
    ...(fs.workingDirectory &&
      { workingDirectory: () => fs.workingDirectory!() }),
    ...(fs.absolutePath &&
      { absolutePath: (path) => fs.absolutePath!(path) }),
    ...(fs.keepTouching && {
      keepTouching: (path, intervalMs) => fs.keepTouching!(path, intervalMs),
    }),
    ...(fs.watch &&
      { watch: (path, onChange) => fs.watch!(path, onChange) }),
  };
}
