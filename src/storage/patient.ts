/**
 * A file system that retries operations which failed temporarily.
 *
 * @module
 */
import { systemCode } from "../errors.ts";
import { sleep } from "../time/timers.ts";
import { forwarding } from "./forwarding.ts";
import type { FileSystem } from "./file_system.ts";

/** Another program has the file open: a virus scanner, an indexer, an editor. */
const BUSY = new Set(["EPERM", "EACCES", "EBUSY"]);
const BUSY_MS_MAX = 1000;

/** No descriptor is left: there is one again when another file was closed. */
const NO_ROOM = new Set(["EMFILE", "ENFILE"]);
const NO_ROOM_MS_MAX = 30_000;

const WAIT_MS_MIN = 5;
const WAIT_MS_MAX = 100;

/**
 * Renames and removals are tried again for a second where the file is in use;
 * what opens a file or a directory, for half a minute where no descriptor is left.
 */
export function patient(fs: FileSystem): FileSystem {
  const whenFree = <T>(action: () => Promise<T>) =>
    again(action, BUSY, BUSY_MS_MAX);
  const whenThereIsRoom = <T>(action: () => Promise<T>) =>
    again(action, NO_ROOM, NO_ROOM_MS_MAX);
  return {
    ...forwarding(fs),
    open: (path, mode, permissions) =>
      whenThereIsRoom(() => fs.open(path, mode, permissions)),
    openRead: (path) => whenThereIsRoom(() => fs.openRead(path)),
    async *list(path) {
      const entries = await whenThereIsRoom(async () => {
        const iterator = fs.list(path)[Symbol.asyncIterator]();
        return { iterator, first: await iterator.next() };
      });
      let { first: entry } = entries;
      try {
        for (; !entry.done; entry = await entries.iterator.next()) {
          yield entry.value;
        }
      } finally {
        await entries.iterator.return?.();
      }
    },
    rename: (from, to) => whenFree(() => fs.rename(from, to)),
    remove: (path) => whenFree(() => fs.remove(path)),
    syncDir: (path) => whenThereIsRoom(() => fs.syncDir(path)),
  };
}

async function again<T>(
  action: () => Promise<T>,
  codes: ReadonlySet<string>,
  msMax: number,
): Promise<T> {
  let waitMs = WAIT_MS_MIN;
  for (let waitedMs = 0;; waitedMs += waitMs) {
    try {
      return await action();
    } catch (error) {
      if (!codes.has(systemCode(error) ?? "") || waitedMs >= msMax) throw error;
    }
    await sleep(waitMs);
    waitMs = Math.min(2 * waitMs, WAIT_MS_MAX);
  }
}
