/**
 * Lock files: what they say, and whether the writers that they name still live.
 *
 * @module
 */
import { bytesToHex, randomBytes } from "@noble/hashes/utils.js";
import { basename } from "@std/path/basename";
import { join } from "@std/path/join";
import { systemCode } from "../errors.ts";
import { clock } from "../time/clock.ts";
import type { FileId, FileSystem, ProcessIdentity } from "./file_system.ts";
import { isSameBoot } from "./liveness.ts";
import { readFile } from "./read_file.ts";

/** The holder of a lock. */
export interface LockHolder extends ProcessIdentity {
  /** When the lock was taken: UTC, ISO 8601 with milliseconds and `Z`. */
  since: string;
  /** Which program of that process: a worker thread is another one. */
  program: string;
  /** Which file the lock is: a copy says the same, and is another file. */
  file_id: FileId | null;
}

/** A lock file, and whether its holder still runs. */
export interface FoundLock {
  /** The lock file. */
  file: string;
  /** The holder; undefined where the file is empty or damaged. */
  holder?: LockHolder;
  /** Whether that process runs; `undefined` where this system cannot know. */
  running: boolean | undefined;
  /** Last heartbeat, by the clock of the file system; undefined for none. */
  touchedMs?: number;
  /** Where this program took the lock, if it did. */
  takenAt?: string;
}

/** After so long without a heartbeat, a writer that cannot be checked counts as gone. */
export const HEARTBEAT_STALE_MS = 60_000;

/** The locks that this program holds, by file name, and where it took them. */
export const heldLocks: Map<string, string> = new Map();

/** This program, among those of its process: a worker thread is another one. */
export const PROGRAM: string = randomToken();

/** `writer-<token>.lock`: the lock file of one writer. */
export function lockFileName(token: string): string {
  return `writer-${token}.lock`;
}

/** Whether a name is that of a lock file. */
export function isLockFileName(name: string): boolean {
  return /^writer-[0-9a-f]+\.lock$/.test(name);
}

/** A larger lock file is treated as an empty one. */
const LOCK_BYTES_MAX = 64 * 1024;

/** Whether its heartbeat has stopped, by the clock of the file system. */
export function isGone(
  { touchedMs }: FoundLock,
  nowMs: number | undefined,
): boolean {
  return touchedMs !== undefined && nowMs !== undefined &&
    nowMs - touchedMs > HEARTBEAT_STALE_MS;
}

/** Returns the lock whose holder runs, or may run; null for none. */
export async function findWriter(
  fs: FileSystem,
  runPath: string,
): Promise<FoundLock | null> {
  const locks = await findLocks(fs, runPath);
  // A reader writes nothing: the clock of this machine has to do.
  const nowMs = clock.nowMs();
  return locks.find((lock) => lock.running ?? !isGone(lock, nowMs)) ?? null;
}

/** Returns all locks of a run: that of its writer, and stale ones. */
export async function findLocks(
  fs: FileSystem,
  runPath: string,
): Promise<FoundLock[]> {
  const locks: FoundLock[] = [];
  for await (const { name, isFile } of fs.list(runPath)) {
    if (!isFile || !isLockFileName(name)) continue;
    const file = join(runPath, name);
    let content: Uint8Array;
    let touchedMs: number | undefined;
    try {
      const info = await fs.stat(file);
      const size = info?.size ?? 0;
      touchedMs = info?.modifiedMs;
      content = size > LOCK_BYTES_MAX
        ? new Uint8Array()
        : await readFile(fs, file);
    } catch (error) {
      if (systemCode(error) === "ENOENT") continue; // Released meanwhile.
      throw error;
    }
    const holder = parseHolder(content);
    const takenAt = heldLocks.get(name);
    // Without its content it is a power loss's, that of a contender who has yet
    // to look, or one that was damaged: nothing is known of its writer.
    const running = holder && await isRunning(fs, file, holder);
    locks.push({
      file,
      holder,
      running,
      ...(touchedMs !== undefined && { touchedMs }),
      ...(takenAt !== undefined && { takenAt }),
    });
  }
  return locks;
}

/**
 * Whether the writer of a lock runs; undefined where that cannot be known. A lock
 * that is a copy of the one that its writer made is of a run that was copied, and
 * its writer writes into the original.
 */
async function isRunning(
  fs: FileSystem,
  file: string,
  holder: LockHolder,
): Promise<boolean | undefined> {
  const self = await fs.identity();
  const copied = self.boot !== null && isSameBoot(self.boot, holder.boot)
    ? isCopy(holder.file_id, await fs.fileId(file))
    : false;
  if (copied) return false;
  const isThisProcess = holder.pid === self.pid && holder.boot === self.boot &&
    holder.pid_namespace === self.pid_namespace &&
    holder.started === self.started;
  const running = isThisProcess && holder.program === PROGRAM
    // A writer of this program is known by its lock, others by their process.
    ? heldLocks.has(basename(file))
    : await fs.isRunning(holder);
  // A copy may be that of a writer that runs. And another thread of this process
  // may have ended without a word.
  const isKnown = copied === false &&
    !(isThisProcess && holder.program !== PROGRAM);
  return running && !isKnown ? undefined : running;
}

/**
 * Whether a file is a copy of that with an id; undefined where it is of another
 * device: a container may see the same file there.
 */
function isCopy(
  of: FileId | null | undefined,
  found: FileId | undefined,
): boolean | undefined {
  if (of === found || typeof of !== typeof found) return false;
  return deviceOf(of) === deviceOf(found) ? true : undefined;
}

function deviceOf(id: FileId | null | undefined): string {
  return typeof id === "string" ? id.slice(0, id.indexOf(":")) : "";
}

function parseHolder(bytes: Uint8Array): LockHolder | undefined {
  try {
    const holder = JSON.parse(new TextDecoder().decode(bytes));
    return typeof holder?.pid === "number" ? holder : undefined;
  } catch {
    return undefined;
  }
}

/** Sixteen hex digits that no other writer has. */
export function randomToken(): string {
  return bytesToHex(randomBytes(8));
}
