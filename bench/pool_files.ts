/** The runtime's file system, with writes that go through the thread pool. */
import { open } from "node:fs/promises";
import type { FileSystem } from "../mod.ts";
import { runtimeFileSystem } from "../src/adapters/runtime.ts";

export async function poolFileSystem(): Promise<FileSystem> {
  const disk = await runtimeFileSystem();
  return {
    ...disk,
    async open(path, mode) {
      const handle = await open(path, mode === "append" ? "a" : "ax");
      return {
        write: async (bytes) => (await handle.write(bytes)).bytesWritten,
        syncData: () => handle.datasync(),
        sync: () => handle.sync(),
        truncate: (size) => handle.truncate(size),
        close: () => handle.close(),
      };
    },
  };
}
