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
import {
  bootAt,
  isHere,
  isStillRunning,
  parseStat,
  type ProcessState,
} from "../storage/liveness.ts";
import type {
  DirectoryEntry,
  FileHandle,
  FileInfo,
  FileSystem,
  ProcessIdentity,
  ReadHandle,
} from "../storage/file_system.ts";
import { clock } from "../time/clock.ts";
import { timers } from "../time/timers.ts";

/** {@linkcode FileSystem} over `Deno.*` and `@std/fs`. */
export const fileSystem: FileSystem = {
  async open(path, mode, permissions): Promise<FileHandle> {
    const file = await Deno.open(path, {
      append: true,
      createNew: mode === "create-new",
      ...(permissions !== undefined && { mode: permissions }),
    });
    return {
      write(bytes) {
        try {
          return file.writeSync(bytes);
        } catch (error) {
          if (!(error instanceof Deno.errors.Busy)) throw error;
          // A sync is under way, and no descriptor is left to write by.
          throw Object.assign(error, { code: "EAGAIN" });
        }
      },
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

  // deno-lint-ignore require-await -- what is thrown becomes a rejection
  async stat(path): Promise<FileInfo | undefined> {
    const info = statOf(path);
    if (!info) return undefined;
    const { size, isDirectory, isFile, mtime, mode } = info;
    return {
      size,
      isDirectory,
      isFile,
      ...(mtime && { modifiedMs: mtime.getTime() }),
      ...(mode !== null && { permissions: mode & 0o777 }),
    };
  },

  fileId(path) {
    const info = statOf(path);
    // Not every file system of Windows has one. With the device: a snapshot gives
    // a file its number again.
    return info && `${info.dev}:${info.ino ?? 0}`;
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

  link: (from, to) => Deno.link(from, to),

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

  workingDirectory() {
    try {
      return Deno.cwd();
    } catch {
      return undefined; // Deno asks for `--allow-read` of it.
    }
  },

  keepTouching(path, intervalMs) {
    const timer = timers.setInterval(() => void touch(path), intervalMs);
    Deno.unrefTimer(timer as unknown as number);
    return () => timers.clearInterval(timer);
  },

  async identity(): Promise<ProcessIdentity> {
    const { pid } = Deno;
    const started = (await stateOf(pid))?.started ?? null;
    return { pid, host: hostname(), ...await system(), started };
  },

  async isRunning(there): Promise<boolean | undefined> {
    if (!isHere(await fileSystem.identity(), there)) return undefined;
    const state = await stateOf(there.pid);
    // Not to be seen in /proc, which may be hidden, is not gone.
    return state ? isStillRunning(there, state) : answersSignal(there.pid);
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

/** At once, as in the adapter for Node. */
function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (
      error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory
    ) return undefined;
    throw error;
  }
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

/** Which boot and which PID namespace this is; `--allow-all` for /proc. */
async function system(): Promise<
  Pick<ProcessIdentity, "boot" | "pid_namespace">
> {
  try {
    if (Deno.build.os !== "linux") {
      const bootSeconds = clock.nowMs() / 1000 - Deno.osUptime();
      const boot = bootAt(`${Deno.build.os}:${hostname()}`, bootSeconds);
      return { boot, pid_namespace: "" };
    }
    return {
      boot: (await Deno.readTextFile("/proc/sys/kernel/random/boot_id")).trim(),
      pid_namespace: await Deno.readLink("/proc/self/ns/pid"),
    };
  } catch {
    return { boot: null, pid_namespace: null };
  }
}

/** Undefined if the process does not exist or cannot be seen. */
async function stateOf(pid: number): Promise<ProcessState | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  try {
    return parseStat(await Deno.readTextFile(`/proc/${pid}/stat`));
  } catch {
    return undefined;
  }
}

/** By a write and not by `utime`, which takes the time of this machine. */
async function touch(path: string): Promise<void> {
  try {
    using file = await Deno.open(path, { write: true });
    await file.write(new TextEncoder().encode("{"));
  } catch {
    // Gone or not writable: the writer's next look at its lock reports it.
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
