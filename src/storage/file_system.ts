/**
 * The seam between the core and a runtime: interfaces only. An adapter is a
 * plain translation of these verbs; every policy (what is synced when, what is
 * retried, what an error means) lives in the core.
 *
 * @module
 */

/** An open file that is written from its end. */
export interface FileHandle {
  /**
   * Hands bytes to the operating system and returns how many it took. The count
   * may be short (the core loops), and the answer may come at once: an adapter
   * whose blocking write is cheaper than a promise returns a plain number.
   */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Resolves when the file's bytes and length are on the disk (fdatasync). */
  syncData(): Promise<void>;
  /** Resolves when bytes and all metadata are on the disk (fsync). */
  sync(): Promise<void>;
  /** Cuts the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  /** Releases the handle. Syncs nothing. */
  close(): Promise<void>;
}

/** An open file that is read at positions of the caller's choice. */
export interface ReadHandle {
  /**
   * Reads up to `into.length` bytes from byte `position` on and returns how
   * many came, 0 at the end of the file. One call at a time.
   */
  read(into: Uint8Array, position: number): number | Promise<number>;
  /** Releases the handle. */
  close(): Promise<void>;
}

/** What {@linkcode FileSystem.stat} knows of a path. */
export interface FileInfo {
  /** Length in bytes. */
  size: number;
  /** Whether the path is a directory. */
  isDirectory: boolean;
  /** Whether it is a regular file: no link, pipe or device. */
  isFile: boolean;
  /** Last change, in milliseconds since 1970, by the clock of the file system. */
  modifiedMs?: number;
  /** Its permissions, such as `0o600`; left out on Windows. */
  permissions?: number;
}

/** One entry of a directory. */
export interface DirectoryEntry {
  /** File name, without the directory. */
  name: string;
  /** Whether the entry is a directory. A link to one is none. */
  isDirectory: boolean;
  /** Whether it is a regular file: no link, pipe or device. */
  isFile: boolean;
}

/** Enough of a process to find out later whether it still runs. */
export interface ProcessIdentity {
  /** Process id. */
  pid: number;
  /** Name of the machine; null where the program may not know it. */
  host: string | null;
  /**
   * Which boot of which system it belongs to; null where that is not known. A
   * process id means something within one boot and one PID namespace alone.
   */
  boot: string | null;
  /** PID namespace; null where that is not known. */
  pid_namespace: string | null;
  /**
   * When the process started, in a form of the system's own, to tell it from a
   * later one with the same id; null where the system does not say.
   */
  started: string | null;
}

/** All that the core asks of a runtime. */
export interface FileSystem {
  /**
   * Opens a file for writing at its end: `"create-new"` fails where the file
   * exists, even as a link that leads nowhere, `"append"` where it does not.
   *
   * @param permissions Of a new file, less the umask. Default: the system's.
   */
  open(
    path: string,
    mode: "create-new" | "append",
    permissions?: number,
  ): Promise<FileHandle>;
  /** Opens a file for reading. */
  openRead(path: string): Promise<ReadHandle>;
  /** Describes a path, and follows no link in its end; `undefined` for nothing. */
  stat(path: string): Promise<FileInfo | undefined>;
  /** The entries of a directory, in no order. */
  list(path: string): AsyncIterable<DirectoryEntry>;
  /**
   * Makes one directory. Fails where something is there already, with an error
   * whose `code` is `"EEXIST"`: this is how a run id is claimed.
   *
   * @param permissions Of the directory, less the umask. Default: the system's.
   */
  makeDir(path: string, permissions?: number): Promise<void>;
  /** Makes a directory and its parents; one that is there is no error. */
  ensureDir(path: string): Promise<void>;
  /** Moves a file over another, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file or an empty directory. */
  remove(path: string): Promise<void>;
  /**
   * Puts a directory's entries (creations, renames) on the disk.
   * `"unsupported"` only where the platform has no such verb (Windows) or the
   * directory is outside of what the program may read.
   */
  syncDir(path: string): Promise<"synced" | "unsupported">;
  /** The path as an absolute one. Left out where it is not known. */
  absolutePath?(path: string): string;
  /**
   * What relative paths are below; undefined where the program may not know it.
   * Left out where paths mean the same whatever the program does.
   */
  workingDirectory?(): string | undefined;
  /** This process. */
  identity(): Promise<ProcessIdentity>;
  /**
   * Changes a file's time to now, by the clock of the file system, every so often,
   * as long as the program runs: the heartbeat of a lock. A file that is gone is
   * left alone. The program may end meanwhile.
   *
   * @returns Ends it.
   */
  keepTouching?(path: string, intervalMs: number): () => void;
  /** Whether that process still runs; `undefined` where that is not known. */
  isRunning(process: ProcessIdentity): Promise<boolean | undefined>;
  /**
   * Calls `onChange` soon after something in a directory has changed: maybe late,
   * too often or not at all, for it only saves a follower's waiting. Left out
   * where the platform cannot tell.
   *
   * @returns Ends it.
   */
  watch?(path: string, onChange: () => void): () => void;
}
