/**
 * File system adapter for Deno.
 *
 * Needs `--allow-read` and `--allow-write` for the directory of the runs.
 *
 * @example
 * ```ts
 * import { createRun } from "@windtunnel/artifacts";
 * import { fileSystem } from "@windtunnel/artifacts/deno";
 *
 * const run = await createRun({ sut_name: "ecommerce", fs: fileSystem });
 * await run.finalize();
 * ```
 *
 * @module
 */
import { ensureDir } from "@std/fs/ensure-dir";
import type {
  DirectoryEntry,
  FileHandle,
  FileInfo,
  FileSystem,
  ProcessIdentity,
  ReadHandle,
} from "../storage/file_system.ts";

/** {@linkcode FileSystem} over `Deno.*` and `@std/fs`. */
export const fileSystem: FileSystem = {
  async open(path, mode, permissions): Promise<FileHandle> {
    const file = await Deno.open(path, {
      append: true,
      createNew: mode === "create-new",
      ...(permissions !== undefined && { mode: permissions }),
    });
    return {
      write: (bytes) => file.writeSync(bytes),
      syncData: () => file.syncData(),
      sync: () => file.sync(),
      truncate: (size) => file.truncate(size),
      close: () => closeOnce(file),
    };
  },

  async openRead(path): Promise<ReadHandle> {
    const file = await Deno.open(path, { read: true });
    return {
      read(into, position) {
        file.seekSync(position, Deno.SeekMode.Start);
        return file.readSync(into) ?? 0;
      },
      close: () => closeOnce(file),
    };
  },

  async stat(path): Promise<FileInfo | undefined> {
    try {
      const { size, isDirectory, isFile } = await Deno.lstat(path);
      return { size, isDirectory, isFile };
    } catch (error) {
      if (
        error instanceof Deno.errors.NotFound ||
        error instanceof Deno.errors.NotADirectory
      ) return undefined;
      throw error;
    }
  },

  async *list(path): AsyncIterable<DirectoryEntry> {
    for await (const { name, isDirectory, isFile } of Deno.readDir(path)) {
      yield { name, isDirectory, isFile };
    }
  },

  makeDir: (path, permissions) =>
    Deno.mkdir(path, permissions === undefined ? {} : { mode: permissions }),

  ensureDir: (path) => ensureDir(path),

  rename: (from, to) => Deno.rename(from, to),

  remove: (path) => Deno.remove(path),

  async syncDir(path): Promise<"synced" | "unsupported"> {
    if (Deno.build.os === "windows") return "unsupported";
    try {
      using directory = await Deno.open(path, { read: true });
      await directory.sync();
    } catch (error) {
      if (!cannotSyncDir(error)) throw error;
      return "unsupported";
    }
    return "synced";
  },

  async identity(): Promise<ProcessIdentity> {
    return {
      pid: Deno.pid,
      host: hostname(),
      started: await startOf(Deno.pid) ?? null,
    };
  },

  async isRunning({ pid, host, started }): Promise<boolean | undefined> {
    const here = hostname();
    if (host !== null && here !== null && host !== here) return undefined;
    const start = await startOf(pid);
    // A process that /proc does not show may still run: /proc may be hidden.
    if (typeof start !== "string") return answersSignal(pid);
    return started === null || started === start;
  },

  watch(path, onChange) {
    const watcher = Deno.watchFs(path, { recursive: false });
    const watching = (async () => {
      for await (const _ of watcher) onChange();
    })();
    // Such as the limit of inotify watches: a follower polls as well.
    watching.catch(() => {});
    return () => watcher.close();
  },
};

/**
 * Whether a directory may not be opened, or its file system cannot sync one
 * (PostgreSQL's fsync_fname ignores the same errors).
 */
function cannotSyncDir(error: unknown): boolean {
  return error instanceof Deno.errors.NotCapable ||
    error instanceof Deno.errors.PermissionDenied ||
    ["EBADF", "EINVAL"].includes((error as { code?: string }).code ?? "");
}

/** Closes a file: Deno's `close` throws, {@linkcode FileHandle.close} rejects. */
function closeOnce(file: Deno.FsFile): Promise<void> {
  return Promise.try(() => file.close());
}

function hostname(): string | null {
  if (
    Deno.permissions.querySync({ name: "sys", kind: "hostname" }).state !==
      "granted"
  ) {
    return null;
  }
  return Deno.hostname();
}

/**
 * Returns the start of a process in clock ticks since boot: field 22 of
 * proc_pid_stat(5). Null where there is no such process; `undefined` where that
 * is not known: not on Linux, or without `--allow-all`, which Deno requires for
 * /proc.
 */
async function startOf(pid: number): Promise<string | null | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  try {
    const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

/** Whether a process exists; `undefined` without `--allow-run`. */
function answersSignal(pid: number): boolean | undefined {
  try {
    Deno.kill(pid, 0);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    // A process of another user may not be signalled, but exists.
    return error instanceof Deno.errors.PermissionDenied;
  }
}
