/**
 * Locks a run for one writer.
 *
 * Taking, holding and finding a lock are steps of one protocol, and so they are
 * one file.
 *
 * @module
 */
import { basename } from "@std/path/basename";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { prettyJson } from "../json/value.ts";
import { writeAll } from "./write_all.ts";
import { ArtifactError, systemCode } from "../errors.ts";
import type { FileHandle, FileId, FileSystem } from "./file_system.ts";
import { invariant } from "./invariant.ts";
import {
  findLocks,
  findWriter,
  type FoundLock,
  HEARTBEAT_STALE_MS,
  heldLocks,
  isGone,
  isLockFileName,
  lockFileName,
  type LockHolder,
  PROGRAM,
  randomToken,
} from "./lock_file.ts";

/** How a lock is taken. */
export interface TakeLockOptions {
  /**
   * Takes over from a writer that may still live: its process cannot be checked,
   * and its heartbeat is at most {@linkcode HEARTBEAT_STALE_MS} old.
   */
  takeOver?: boolean;
  /**
   * What to do where the lock is another's that cannot be checked and is known to
   * have gone. Default: the ways to recover a run.
   */
  advice?: string;
}

/** How often a writer shows that it lives. */
const HEARTBEAT_MS = 10_000;

/** A lock that this process holds, or is about to. */
export class RunLock {
  /**
   * Whether the last writer may still live: its files are to be replaced, so that
   * what it writes reaches no one.
   */
  tookOver = false;
  readonly #fs: FileSystem;
  readonly #file: string;
  /** Open as long as the lock is held: no other file gets its id. */
  #handle: FileHandle | undefined;
  #id: FileId | undefined;
  #stopHeartbeat: (() => void) | undefined;

  /** @internal Made by {@linkcode takeLock}. */
  constructor(fs: FileSystem, file: string) {
    this.#fs = fs;
    this.#file = fs.absolutePath?.(file) ?? file;
  }

  /** @internal Creates the lock file. */
  async create(holder: Omit<LockHolder, "file_id">): Promise<void> {
    const file = this.#file;
    this.#handle = await this.#fs.open(file, "create-new");
    const file_id = await this.#fs.fileId(file);
    const content = new TextEncoder().encode(
      prettyJson({ ...holder, file_id: file_id ?? null }),
    );
    await writeAll(this.#handle, content);
    this.#id = file_id;
    this.#stopHeartbeat = this.#fs.keepTouching?.(file, HEARTBEAT_MS);
  }

  /**
   * Fencing: throws where the lock is not there any more. Then another writer has
   * taken it, or another directory stands in the place of the run's, be it a copy.
   * Answers at once where the file system does: a writer asks after each sync.
   *
   * @throws {ArtifactError} `RUN_TAKEN`
   */
  assertHeld(): void | Promise<void> {
    const found = this.#fs.fileId(this.#file);
    if (found instanceof Promise) return found.then((id) => this.#assert(id));
    this.#assert(found);
  }

  #assert(found: FileId | undefined): void {
    if (found !== undefined && found === this.#id) return;
    throw new ArtifactError(
      "RUN_TAKEN",
      `Cannot write to "${
        dirname(this.#file)
      }": this writer's lock is gone: another writer has taken the run over, or the directory was moved, removed or replaced; what was acknowledged before is kept`,
      { file: this.#file },
    );
  }

  /** Releases the lock, durably: a power loss does not bring it back. */
  async release(): Promise<void> {
    this.#stopHeartbeat?.();
    heldLocks.delete(basename(this.#file));
    // First, for Windows keeps the name of an open file; it has nothing to lose.
    await this.#handle?.close().catch(() => {});
    await removeIfThere(this.#fs, this.#file);
    await this.#fs.syncDir(dirname(this.#file));
  }
}

/**
 * Takes the lock of the run at `runPath`, and removes those of writers that have
 * ended. A lock is a file that names its holder and exists as long as it writes.
 *
 * Every contender first creates a file with a name of its own, and then looks for
 * those of others. Of two contenders at the same time, at least one sees the
 * other and gives up, so both never continue (the rule of Dekker and Lamport:
 * raise your flag, then look). Renaming or replacing one shared file does not
 * guarantee that: between the check of a stale lock and its replacement, the lock
 * may have become another writer's.
 *
 * @param since Now: UTC, ISO 8601 with milliseconds and `Z`.
 * @throws {ArtifactError} `RUN_LOCKED`
 */
export async function takeLock(
  fs: FileSystem,
  runPath: string,
  since: string,
  { takeOver = false, advice }: TakeLockOptions = {},
): Promise<RunLock> {
  const name = lockFileName(randomToken());
  invariant(isLockFileName(name), "other contenders see this lock");
  const own = join(runPath, name);
  const identity = await fs.identity();
  const lock = new RunLock(fs, own);
  try {
    heldLocks.set(name, callerOf(new Error().stack));
    await lock.create({ ...identity, since, program: PROGRAM });
    const locks = await findLocks(fs, runPath);
    const mine = locks.find(({ file }) => file === own);
    if (!mine) {
      // Taken over, before anything was done with it.
      throw new ArtifactError(
        "RUN_LOCKED",
        `Cannot write to "${runPath}": another writer tried at the same time: try again`,
        { file: own },
      );
    }
    for (const other of locks) {
      if (other.file === own) continue;
      if (other.running !== false) {
        const isStale = isGone(other, mine.touchedMs);
        if (other.running || !(takeOver || isStale)) {
          throw lockedBy(runPath, other, advice);
        }
        lock.tookOver = true;
      }
      await removeIfThere(fs, other.file);
    }
    return lock;
  } catch (error) {
    // The first error is the one to report.
    await lock.release().catch(() => {});
    throw error;
  }
}

/**
 * Throws where the run at `runPath` is being written. Does nothing where it is
 * not a directory.
 *
 * @throws {ArtifactError} `RUN_LOCKED`
 */
export async function assertUnlocked(
  fs: FileSystem,
  runPath: string,
): Promise<void> {
  const info = await fs.stat(runPath);
  if (!info || info.isFile) return;
  const writer = await findWriter(fs, runPath);
  if (writer) throw lockedBy(runPath, writer);
}

async function removeIfThere(fs: FileSystem, file: string): Promise<void> {
  try {
    await fs.remove(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

/** Why a lock stands whose writer cannot be checked. */
export const UNCHECKED: string =
  `it is not known here whether it still runs: it counts as gone ${
    HEARTBEAT_STALE_MS / 1000
  } seconds after its last heartbeat`;

/** What makes a run free whose writer cannot be checked. */
const TAKE_OVER = "use takeOver: true or wta recover --take-over";

function lockedBy(
  runPath: string,
  lock: FoundLock,
  takeOverAdvice = TAKE_OVER,
): ArtifactError {
  const { holder, takenAt } = lock;
  const where = holder?.host ? ` on ${JSON.stringify(holder.host)}` : "";
  const since = `has been writing to it since ${holder?.since}`;
  const who = !holder
    ? "there is a lock that does not say whose it is"
    : takenAt !== undefined
    ? `this process ${since}, ${takenAt}`
    : `process ${holder.pid}${where} ${since}`;
  const advice = lock.running && takenAt !== undefined
    ? "finalize it there first, or choose another run_id or dir"
    : lock.running
    ? "wait for it, or end it"
    : `${UNCHECKED}; if you know that it has gone, ${takeOverAdvice}`;
  return new ArtifactError(
    "RUN_LOCKED",
    `Cannot write to "${runPath}": ${who}: ${advice}`,
    { file: lock.file },
  );
}

/** Where the code of this library is. */
const LIBRARY = new URL("..", import.meta.url);

/** The place outside of this library from which it was called. */
function callerOf(stack: string | undefined): string {
  const lines = (stack ?? "").split("\n").slice(1).map((line) => line.trim());
  const caller = lines.find((line) =>
    line !== "" && !line.includes(LIBRARY.href) &&
    !line.includes(LIBRARY.pathname)
  );
  return caller ?? "at a place that is not known";
}
