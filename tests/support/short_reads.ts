/** A file system whose reads come short. */
import type { FileSystem } from "../../mod.ts";

/** A file system whose reads give at most so many bytes at once. */
export function shortReads(fs: FileSystem, readBytesMax: number): FileSystem {
  return {
    ...fs,
    async openRead(path) {
      const handle = await fs.openRead(path);
      return {
        read: (into, position) =>
          handle.read(into.subarray(0, readBytesMax), position),
        close: () => handle.close(),
      };
    },
  };
}
