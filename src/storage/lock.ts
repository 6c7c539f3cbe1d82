/**
 * One writer per run. A lock is a file that names its holder and lives as long
 * as it writes.
 *
 * Every contender puts up a file of its own name first, and then looks for
 * those of others: of two that come at the same time at least one sees the
 * other and steps back, so never do both go on (Dekker's and Lamport's rule:
 * raise your flag, then look). A lock whose process has gone is removed. Renaming
 * or replacing one shared file has no such rule: between looking at a stale lock
 * and replacing it, it may have become someone's.
 *
 * @module
 */
import { dirname } from "@std/path/dirname";
import { join } from "@std/path/join";
import { prettyJson } from "../json/value.ts";
import { writeAll } from "./write_all.ts";
import { ArtifactError, systemCode } from "../errors.ts";
import type { FileSystem, ProcessIdentity } from "./file_system.ts";
import { readFile } from "./read_file.ts";

/** Who holds the lock of a run. */
export interface LockHolder extends ProcessIdentity {
  /** When the lock was taken: UTC, ISO 8601 with milliseconds and `Z`. */
  since: string;
}

/** A lock that was found, and whether its holder still runs. */
export interface FoundLock {
  /** The lock file. */
  file: string;
  /** Who it names; undefined where it is empty or damaged. */
  holder?: LockHolder;
  /** Whether that process runs; `undefined` where this system cannot tell. */
  running: boolean | undefined;
}

/** `writer-<token>.lock`: the lock file of one writer. */
export function lockFileName(token: string): string {
  return `writer-${token}.lock`;
}

/** Whether a name is one that {@linkcode lockFileName} gives. */
export function isLockFileName(name: string): boolean {
  return /^writer-[0-9a-f]+\.lock$/.test(name);
}

/** A larger one is no lock of this library: it is one without its content. */
const LOCK_BYTES_MAX = 64 * 1024;

/** The lock that this writer holds. */
export class RunLock {
  readonly #fs: FileSystem;
  readonly #file: string;

  /** @internal Made by {@linkcode takeLock}. */
  constructor(fs: FileSystem, file: string) {
    this.#fs = fs;
    this.#file = file;
  }

  /** Gives the lock up, so that no power loss brings it back. */
  async release(): Promise<void> {
    await removeIfThere(this.#fs, this.#file);
    await this.#fs.syncDir(dirname(this.#file));
  }
}

/**
 * Takes the lock of the run at `runPath`, and removes those of writers that
 * have gone.
 *
 * @throws {ArtifactError} `RUN_LOCKED`
 */
export async function takeLock(
  fs: FileSystem,
  runPath: string,
  since: string,
): Promise<RunLock> {
  const own = join(runPath, lockFileName(randomToken()));
  const holder: LockHolder = { ...await fs.identity(), since };
  const lock = new RunLock(fs, own);
  try {
    await writeNew(fs, own, prettyJson(holder));
    const locks = await findLocks(fs, runPath);
    if (!locks.some(({ file }) => file === own)) {
      // Seen before it had its content, and taken for one that was left.
      throw new ArtifactError(
        "RUN_LOCKED",
        `Cannot write to "${runPath}": another writer came at the same time: try again`,
        { file: own },
      );
    }
    for (const other of locks) {
      if (other.file === own) continue;
      if (other.running !== false) throw lockedBy(runPath, other);
      await removeIfThere(fs, other.file);
    }
  } catch (error) {
    await lock.release().catch(() => {}); // The first error is the one to tell.
    throw error;
  }
  return lock;
}

/**
 * Throws where the run at `runPath` is being written; what is no directory is
 * not.
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

/** The lock of the writer that has a run, as far as can be told; null for none. */
export async function findWriter(
  fs: FileSystem,
  runPath: string,
): Promise<FoundLock | null> {
  const locks = await findLocks(fs, runPath);
  return locks.find(({ running }) => running !== false) ?? null;
}

/** The locks of a run: one while a writer holds it, and those that were left. */
export async function findLocks(
  fs: FileSystem,
  runPath: string,
): Promise<FoundLock[]> {
  const found: FoundLock[] = [];
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
    // Without its content it is a power loss's, or that of a contender who has
    // yet to look: he will see ours, and step back.
    const running = holder ? await fs.isRunning(holder) : false;
    found.push({ file, holder, running });
  }
  return found;
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
    ? "wait for it, or end it"
    : `this system cannot tell whether it still runs: if it has gone, remove "${lock.file}"`;
  return new ArtifactError(
    "RUN_LOCKED",
    `Cannot write to "${runPath}": process ${pid}${where} has been writing to it since ${since}: ${advice}`,
    { file: lock.file },
  );
}

function randomToken(): string {
  return Array.from(
    crypto.getRandomValues(new Uint8Array(8)),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}
