/**
 * File system adapter for Node.js.
 *
 * Pass `fileSystem` as the option `fs`; without it, `createRun` and `openRun` load
 * the adapter of the runtime.
 *
 * @example
 * ```ts
 * import { createRun } from "@windtunnel/artifacts";
 * import { fileSystem } from "@windtunnel/artifacts/node";
 *
 * const run = await createRun({ sut_name: "ecommerce", fs: fileSystem });
 * await run.finalize();
 * ```
 *
 * @module
 */
import { lstatSync, readSync, type Stats, watch, writeSync } from "node:fs";
import * as fs from "node:fs/promises";
import { hostname, uptime } from "node:os";
import { dirname } from "node:path";
import process from "node:process";
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

/** Rejects a link that was made after the check for links; not on Windows. */
const O_NOFOLLOW = fs.constants.O_NOFOLLOW ?? 0;

/** {@linkcode FileSystem} over `node:fs`. */
export const fileSystem: FileSystem = {
  async open(path, mode, permissions): Promise<FileHandle> {
    const { O_APPEND, O_CREAT, O_EXCL, O_WRONLY } = fs.constants;
    const handle = await fs.open(
      path,
      O_WRONLY | O_APPEND | O_NOFOLLOW |
        (mode === "create-new" ? O_CREAT | O_EXCL : 0),
      permissions,
    );
    return {
      // A write to the page cache takes microseconds; through the thread pool it
      // would take ten times as long.
      write: (bytes) => writeSync(handle.fd, bytes),
      syncData: () => handle.datasync(),
      sync: () => handle.sync(),
      truncate: (size) => handle.truncate(size),
      close: () => handle.close(),
    };
  },

  async openRead(path): Promise<ReadHandle> {
    const handle = await fs.open(path, "r");
    return {
      read: (into, position) =>
        readSync(handle.fd, into, 0, into.length, position),
      close: () => handle.close(),
    };
  },

  // deno-lint-ignore require-await -- what is thrown becomes a rejection
  async stat(path): Promise<FileInfo | undefined> {
    const info = statOf(path);
    return info && {
      size: info.size,
      isDirectory: info.isDirectory(),
      isFile: info.isFile(),
      modifiedMs: info.mtimeMs,
      ...(process.platform !== "win32" && { permissions: info.mode & 0o777 }),
    };
  },

  fileId(path) {
    const info = statOf(path);
    // With the device: a snapshot gives a file its number again.
    return info && `${info.dev}:${info.ino}`;
  },

  async *list(path): AsyncIterable<DirectoryEntry> {
    const dir = await fs.opendir(path);
    try {
      // Not asynchronous: Node gives the entries by `process.nextTick`, which the
      // fake timers of a test may hold back.
      for (let entry = dir.readSync(); entry; entry = dir.readSync()) {
        yield {
          name: entry.name,
          isDirectory: entry.isDirectory(),
          isFile: entry.isFile(),
        };
      }
    } finally {
      dir.closeSync();
    }
  },

  makeDir: (path, permissions) => fs.mkdir(path, permissions),

  ensureDir,

  rename: (from, to) => fs.rename(from, to),

  link: (from, to) => fs.link(from, to),

  async remove(path): Promise<void> {
    const info = await fs.lstat(path);
    await (info.isDirectory() ? fs.rmdir(path) : fs.unlink(path));
  },

  async syncDir(path): Promise<"synced" | "unsupported"> {
    if (process.platform === "win32") return "unsupported";
    try {
      const handle = await fs.open(path, "r");
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (!CANNOT_SYNC_DIR.has(codeOf(error))) throw error;
      return "unsupported";
    }
    return "synced";
  },

  workingDirectory: () => process.cwd(),

  keepTouching(path, intervalMs) {
    const timer = timers.setInterval(() => void touch(path), intervalMs);
    timer.unref();
    return () => timers.clearInterval(timer);
  },

  async identity(): Promise<ProcessIdentity> {
    const { pid } = process;
    const started = (await stateOf(pid))?.started ?? null;
    return { pid, host: hostname(), ...await system(), started };
  },

  async isRunning(there): Promise<boolean | undefined> {
    if (!isHere(await fileSystem.identity(), there)) return undefined;
    const state = await stateOf(there.pid);
    if (state) return isStillRunning(there, state);
    try {
      process.kill(there.pid, 0);
      return true;
    } catch (error) {
      // EPERM: it is there, and someone else's.
      return codeOf(error) === "EPERM";
    }
  },

  watch(path, onChange) {
    const watcher = watch(path, onChange);
    // Such as the limit of inotify watches: a follower polls as well.
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  },
};

/**
 * Codes where a directory may not be opened, or its file system cannot sync one
 * (PostgreSQL's fsync_fname ignores the same errors).
 */
const CANNOT_SYNC_DIR = new Set(["EACCES", "EPERM", "EBADF", "EINVAL"]);

/**
 * Makes a directory and its parents, level by level: `mkdir` with `recursive`
 * never returns where a level exists and nothing can be made in it, as in /proc.
 */
async function ensureDir(path: string): Promise<void> {
  try {
    await fs.mkdir(path);
  } catch (error) {
    const parent = dirname(path);
    if (codeOf(error) === "ENOENT" && parent !== path) {
      await ensureDir(parent);
      await fs.mkdir(path).catch((again) => {
        if (codeOf(again) !== "EEXIST") throw again;
      });
    } else if (!(await fs.stat(path).catch(() => undefined))?.isDirectory()) {
      throw error;
    }
  }
}

/** Which boot and which PID namespace this is. */
async function system(): Promise<
  Pick<ProcessIdentity, "boot" | "pid_namespace">
> {
  if (process.platform !== "linux") {
    const bootSeconds = clock.nowMs() / 1000 - uptime();
    const boot = bootAt(`${process.platform}:${hostname()}`, bootSeconds);
    return { boot, pid_namespace: "" };
  }
  try {
    return {
      boot: (await fs.readFile("/proc/sys/kernel/random/boot_id", "utf8"))
        .trim(),
      pid_namespace: await fs.readlink("/proc/self/ns/pid"),
    };
  } catch {
    return { boot: null, pid_namespace: null }; // /proc is hidden.
  }
}

/** Undefined if the process does not exist or cannot be seen. */
async function stateOf(pid: number): Promise<ProcessState | undefined> {
  if (process.platform !== "linux") return undefined;
  try {
    return parseStat(await fs.readFile(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return undefined;
  }
}

/** At once: through the thread pool it would take ten times as long. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** By a write and not by `utimes`, which takes the time of this machine. */
async function touch(path: string): Promise<void> {
  try {
    const handle = await fs.open(path, fs.constants.O_WRONLY | O_NOFOLLOW);
    try {
      await handle.write("{", 0);
    } finally {
      await handle.close();
    }
  } catch {
    // Gone or not writable: the writer's next look at its lock reports it.
  }
}

function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? "";
}
