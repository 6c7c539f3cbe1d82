/**
 * Interface between the core and the file system of a runtime.
 *
 * @module
 */

/** An open file for appending. */
export interface FileHandle {
  /**
   * Hands bytes to the operating system and returns how many it accepted, which
   * may be fewer: the core loops. An adapter whose blocking write is cheaper than
   * a promise returns a plain number.
   */
  write(bytes: Uint8Array): number | Promise<number>;
  /** Resolves when the file's bytes and length are on the disk (fdatasync). */
  syncData(): Promise<void>;
  /** Resolves when bytes and all metadata are on the disk (fsync). */
  sync(): Promise<void>;
  /** Shortens the file to `size` bytes. */
  truncate(size: number): Promise<void>;
  /** Releases the handle without a sync. */
  close(): Promise<void>;
}

/** An open file for reading at any position. */
export interface ReadHandle {
  /**
   * Reads up to `into.length` bytes from byte `position` on, and returns how many
   * were read: 0 at the end of the file. One call at a time.
   */
  read(into: Uint8Array, position: number): number | Promise<number>;
  /** Releases the handle. */
  close(): Promise<void>;
}

/** Result of {@linkcode FileSystem.stat}. */
export interface FileInfo {
  /** Length in bytes. */
  size: number;
  /** Whether the path is a directory. */
  isDirectory: boolean;
  /** Whether it is a regular file: not a link, pipe or device. */
  isFile: boolean;
  /** Last change, in milliseconds since 1970, by the clock of the file system. */
  modifiedMs?: number;
  /** Its permissions, such as `0o600`; left out on Windows. */
  permissions?: number;
}

/**
 * Tells a file from all others that exist: its device and its number there, as in
 * `"65024:612"`, or a number where all files are of one device.
 */
export type FileId = number | string;

/** One entry of a directory. */
export interface DirectoryEntry {
  /** File name, without the directory. */
  name: string;
  /** Whether the entry is a directory: not a link to one. */
  isDirectory: boolean;
  /** Whether it is a regular file: not a link, pipe or device. */
  isFile: boolean;
}

/** Enough of a process to find out later whether it still runs. */
export interface ProcessIdentity {
  /** Process id. */
  pid: number;
  /** Name of the machine; null where the program may not read it. */
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

/**
 * Everything that the core needs of a runtime. An adapter only translates these
 * verbs: every policy (when to sync, what to retry, what an error means) is in
 * the core.
 */
export interface FileSystem {
  /**
   * Opens a file for appending: `"create-new"` fails where it exists, even as a
   * dangling link; `"append"` fails where it does not exist.
   *
   * @param permissions Of a new file, before the umask. Default: the system's.
   */
  open(
    path: string,
    mode: "create-new" | "append",
    permissions?: number,
  ): Promise<FileHandle>;
  /** Opens a file for reading. */
  openRead(path: string): Promise<ReadHandle>;
  /** Describes a path without following a link; `undefined` where nothing exists. */
  stat(path: string): Promise<FileInfo | undefined>;
  /**
   * Which file is at a path, which is not followed where it is a link; `undefined`
   * where nothing exists. A file keeps its id when it is renamed, and no other has
   * it as long as the file is open. An adapter that can answer at once does so: a
   * writer asks before it acknowledges.
   */
  fileId(path: string): FileId | undefined | Promise<FileId | undefined>;
  /** Iterates over the entries of a directory, in no order. */
  list(path: string): AsyncIterable<DirectoryEntry>;
  /**
   * Makes one directory. Where something exists already, fails with an error
   * whose `code` is `"EEXIST"`: this is how a run id is claimed.
   *
   * @param permissions Of the directory, before the umask. Default: the system's.
   */
  makeDir(path: string, permissions?: number): Promise<void>;
  /** Makes a directory and its parents, where they do not exist. */
  ensureDir(path: string): Promise<void>;
  /** Moves a file or a directory. A file replaces its target, atomically. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Gives a file a second name, in any directory of the same file system. Left out
   * where there are no hard links: then it is copied.
   */
  link?(from: string, to: string): Promise<void>;
  /** Removes a file or an empty directory. */
  remove(path: string): Promise<void>;
  /**
   * Syncs the entries of a directory (creations, renames) to the disk. Returns
   * `"unsupported"` only where the platform cannot do so (Windows), or the program
   * may not read the directory.
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
   * Calls `onChange` soon after a change in a directory. It may be late, too
   * often or missing: a follower polls as well. Optional.
   *
   * @returns Stops watching.
   */
  watch?(path: string, onChange: () => void): () => void;
}
