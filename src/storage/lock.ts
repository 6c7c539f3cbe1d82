/**
 * Locks a run for one writer.
 *
 * @module
 */
import { bytesToHex, randomBytes } from "@noble/hashes/utils.js";
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { prettyJson } from "../json/value.ts";
import { writeAll } from "./write_all.ts";
import { ArtifactError, systemCode } from "../errors.ts";
import type { FileSystem, ProcessIdentity } from "./file_system.ts";
import { invariant } from "./invariant.ts";
import { readFile } from "./read_file.ts";

/** The holder of a lock. */
export interface LockHolder extends ProcessIdentity {
  /** When the lock was taken: UTC, ISO 8601 with milliseconds and `Z`. */
  since: string;
}

/** A lock file, and whether its holder still runs. */
export interface FoundLock {
  /** The lock file. */
  file: string;
  /** The holder; undefined where the file is empty or damaged. */
  holder?: LockHolder;
  /** Whether the holder runs; `undefined` where this system cannot detect that. */
  running: boolean | undefined;
}

/** Returns the name of a writer's lock file: `writer-<token>.lock`. */
export function lockFileName(token: string): string {
  return `writer-${token}.lock`;
}

/** Whether a name is that of a lock file. */
export function isLockFileName(name: string): boolean {
  return /^writer-[0-9a-f]+\.lock$/.test(name);
}

/** A larger lock file is treated as an empty one. */
const LOCK_BYTES_MAX = 64 * 1024;

/** A lock that this process holds. */
export class RunLock {
  readonly #fs: FileSystem;
  readonly #file: string;

  /** @internal Made by {@linkcode takeLock}. */
  constructor(fs: FileSystem, file: string) {
    this.#fs = fs;
    this.#file = file;
  }

  /** Releases the lock, durably: a power loss does not bring it back. */
  async release(): Promise<void> {
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
): Promise<RunLock> {
  const name = lockFileName(bytesToHex(randomBytes(8)));
  invariant(isLockFileName(name), "other contenders see this lock");
  const own = join(runPath, name);
  const holder: LockHolder = { ...await fs.identity(), since };
  const lock = new RunLock(fs, own);
  try {
    await writeNew(fs, own, prettyJson(holder));
    const locks = await findLocks(fs, runPath);
    if (!locks.some(({ file }) => file === own)) {
      // Another contender read it before it had content, and removed it as stale.
      throw new ArtifactError(
        "RUN_LOCKED",
        `Cannot write to "${runPath}": another writer tried at the same time: try again`,
        { file: own },
      );
    }
    for (const other of locks) {
      if (other.file === own) continue;
      if (other.running !== false) throw lockedBy(runPath, other);
      await removeIfThere(fs, other.file);
    }
  } catch (error) {
    await lock.release().catch(() => {}); // The first error is reported.
    throw error;
  }
  return lock;
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

/** Returns the lock whose holder runs, or may run; null for none. */
export async function findWriter(
  fs: FileSystem,
  runPath: string,
): Promise<FoundLock | null> {
  const locks = await findLocks(fs, runPath);
  return locks.find(({ running }) => running !== false) ?? null;
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
    try {
      const size = (await fs.stat(file))?.size ?? 0;
      content = size > LOCK_BYTES_MAX
        ? new Uint8Array()
        : await readFile(fs, file);
    } catch (error) {
      if (systemCode(error) === "ENOENT") continue; // Released meanwhile.
      throw error;
    }
    const holder = parseHolder(content);
    // Without content it was left by a power loss, or its contender has not looked
    // yet: it will see ours, and give up.
    const running = holder ? await fs.isRunning(holder) : false;
    locks.push({ file, holder, running });
  }
  return locks;
}

async function writeNew(
  fs: FileSystem,
  file: string,
  content: string,
): Promise<void> {
  const handle = await fs.open(file, "create-new");
  try {
    await writeAll(handle, new TextEncoder().encode(content));
  } finally {
    await handle.close();
  }
}

async function removeIfThere(fs: FileSystem, file: string): Promise<void> {
  try {
    await fs.remove(file);
  } catch (error) {
    if (systemCode(error) !== "ENOENT") throw error;
  }
}

function parseHolder(bytes: Uint8Array): LockHolder | undefined {
  try {
    const holder = JSON.parse(new TextDecoder().decode(bytes));
    return typeof holder?.pid === "number" ? holder : undefined;
  } catch {
    return undefined;
  }
}

function lockedBy(runPath: string, lock: FoundLock): ArtifactError {
  const { pid, host, since } = lock.holder!;
  const where = host === null ? "" : ` on ${JSON.stringify(host)}`;
  const advice = lock.running
    ? "wait until it ends, or end it"
    : `this system cannot detect whether it still runs: if it has ended, remove "${lock.file}"`;
  return new ArtifactError(
    "RUN_LOCKED",
    `Cannot write to "${runPath}": process ${pid}${where} has been writing to it since ${since}: ${advice}`,
    { file: lock.file },
  );
}
