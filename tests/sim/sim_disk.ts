/**
 * A disk that loses what a real one may lose: the file system of the simulation.
 *
 * It holds two images, the operating system's and the disk's, and everything
 * that happens to it is drawn from a seed.
 *
 * MUST BE SURVIVED
 *
 * 1. The process dies at any operation; those under way happen or do not, a
 *    write also in part. The operating system keeps what it was given.
 * 2. Power is lost at any operation. Of each file, for itself, the disk has what
 *    was synced, and any prefix of the later bytes: cut anywhere, in the middle
 *    of a character too [1: appends are not atomic; 3].
 * 3. After such a cut the file may have its new length all the same, and zeros
 *    for the missing bytes. SQLite assumes as much of every file system that
 *    does not declare SAFE_APPEND [3, section 2], and XFS did so until 2007
 *    (Linux commit ba87ea699ebd). Zeros hold no newline: they are part of the
 *    torn tail.
 * 4. A creation, rename or removal is lost where its directory was not synced
 *    after it, whether or not the file itself was: POSIX asks for that sync, ext4
 *    is kinder [1]. Two such changes are lost in their order (a journal: ext4,
 *    XFS) or in any order (POSIX, btrfs) [1: table 1]. A rename is atomic [1].
 * 5. A truncation is lost where the file was not synced after it.
 * 6. A sync covers what was written before it was called, and not what is
 *    written while it is under way.
 * 7. A failed sync drops what it did not write: the pages are marked clean, they
 *    are read back until the cache goes, and no later sync writes them, or says
 *    so [2: ext4, XFS]. The same for directories.
 * 8. A write is short, or interrupted; any operation fails, once, and goes well
 *    when it is tried again. `close` fails, and has closed the file.
 * 9. Answers come at once or after any number of microtasks or turns of the
 *    event loop, and so in another order than the calls.
 *
 * OUT OF SCOPE: format version 1 has no checksum to see it with
 *
 * - Bytes that were synced and change or vanish: bit rot, misdirected and lost
 *   writes, disks that lie about a sync. TigerBeetle survives those, by means of
 *   checksums and of other replicas [4].
 * - Old bytes of other files in place of missing ones, and holes: a later part
 *   of one unsynced append that is there while an earlier one is not [1: block-
 *   level reordering in ext2, ext3 and ext4 with `data=writeback`]. ext4 as it
 *   is mounted by default (`data=ordered`) and btrfs put the bytes before the
 *   length. With either, a newline can follow a bad line, and a reader must
 *   report corruption: it does, and it is right.
 * - A second machine or process that writes the same files at the same time.
 *
 * SOURCES
 *
 * [1] Pillai et al., "All File Systems Are Not Created Equal: On the Complexity
 *     of Crafting Crash-Consistent Applications", OSDI 2014.
 * [2] Rebello et al., "Can Applications Recover from fsync Failures?", USENIX
 *     ATC 2020.
 * [3] "Atomic Commit In SQLite", https://www.sqlite.org/atomiccommit.html
 * [4] TigerBeetle, src/testing/storage.zig: a simulated storage whose first
 *     comment says which faults it injects, as here.
 */
import type {
  DirectoryEntry,
  FileHandle,
  FileInfo,
  FileSystem,
  ProcessIdentity,
  ReadHandle,
} from "../../src/storage/file_system.ts";
import { FileInode } from "./file_inode.ts";
import { Images } from "./images.ts";
import { type Fault, type Operation, type Plan, systemError } from "./plan.ts";
import type { Random } from "./random.ts";
import { SimFileHandle, simReadHandle } from "./sim_handles.ts";
import { SimProcess } from "./sim_process.ts";
import { never } from "./turns.ts";

const HOST = "simulated";
/** From the start of a process to that of the next one. */
const PROCESS_MS = 3_600_000;

/** The disk as one process sees it; a crash gives the disk of the next one. */
export class SimDisk implements FileSystem {
  readonly #process: SimProcess;
  readonly #images: Images;
  readonly #pid: number;
  readonly #boot: number;

  readonly #namespace: string;

  constructor(
    plan: Plan = {},
    images = new Images(),
    pid = 100,
    boot = 1,
    namespace = HOST,
  ) {
    this.#namespace = namespace;
    this.#process = new SimProcess(plan);
    this.#images = images;
    this.#pid = pid;
    this.#boot = boot;
  }

  /** The disk as a process sees it that knows nothing of this one. */
  inAnotherContainer(): SimDisk {
    return new SimDisk({}, this.#images, this.#pid, this.#boot, "elsewhere");
  }

  /** A copy of all files, as the process that writes them sees it. */
  copied(): SimDisk {
    const images = this.#images.clone(true);
    return new SimDisk({}, images, this.#pid, this.#boot);
  }

  get #nowMs(): number {
    return (this.#pid + this.#boot) * PROCESS_MS;
  }

  /** Whether the process lives: what it is told afterwards, nobody hears. */
  get running(): boolean {
    return this.#process.running;
  }

  /** Resolves when the process has died. */
  get crashed(): Promise<void> {
    return this.#process.crashed;
  }

  /** Every operation so far, in the order of the calls. */
  get operations(): readonly Operation[] {
    return this.#process.operations;
  }

  /** The operation that failed as planned, once it has. */
  get fault(): Fault | undefined {
    return this.#process.fault;
  }

  /**
   * Ends the process, if the plan has not, and gives the disk as the next one
   * finds it. May be called again, for another fate of the same crash.
   */
  crash(kind: "process" | "power", random: Random, plan: Plan = {}): SimDisk {
    if (this.running) this.#process.die();
    return this.imageAfter(kind, random, plan);
  }

  /** The disk as a crash at this moment would leave it. The process goes on. */
  imageAfter(
    kind: "process" | "power",
    random: Random,
    plan: Plan = {},
  ): SimDisk {
    const images = this.#images;
    // The next process has the same trouble with short reads and writes.
    plan = { trouble: this.#process.plan.trouble, ...plan };
    return kind === "process"
      ? new SimDisk(plan, images.clone(), this.#pid + 1, this.#boot)
      // Process ids begin anew with the system: the same one comes back.
      : new SimDisk(
        plan,
        images.afterPowerLoss(random),
        this.#pid,
        this.#boot + 1,
      );
  }

  /** The bytes of a file, past the numbered operations; `undefined` without one. */
  peek(path: string): Uint8Array | undefined {
    const inode = this.#images.find(path);
    return inode && !inode.isDirectory ? inode.cached.view() : undefined;
  }

  /** The names in a directory, past the numbered operations. */
  namesIn(path: string): string[] {
    const inode = this.#images.find(path);
    return inode?.isDirectory ? [...inode.cached.keys()].sort() : [];
  }

  open(path: string, mode: "create-new" | "append"): Promise<FileHandle> {
    const images = this.#images;
    const effect = () => {
      if (mode === "append") return this.#handle(path, images.file(path));
      const { dir, name, inode } = images.place(path);
      if (inode) throw systemError("EEXIST", `open "${path}"`);
      const file = new FileInode(this.#nowMs);
      images.change([{ dir, name, inode: file }]);
      return this.#handle(path, file);
    };
    return this.#process.perform("open", path, { effect });
  }

  openRead(path: string): Promise<ReadHandle> {
    return this.#process.perform("openRead", path, {
      effect: () => simReadHandle(this.#process, path, this.#images.file(path)),
    });
  }

  stat(path: string): Promise<FileInfo | undefined> {
    const effect = (): FileInfo | undefined => {
      const inode = this.#images.find(path);
      if (!inode) return undefined;
      const size = inode.isDirectory ? 4096 : inode.cached.length;
      if (inode.isDirectory) return { size, isDirectory: true, isFile: false };
      const { modifiedMs } = inode;
      return { size, isDirectory: false, isFile: true, modifiedMs };
    };
    return this.#process.perform("stat", path, { effect });
  }

  fileId(path: string): Promise<number | undefined> {
    const effect = () => {
      const inode = this.#images.find(path);
      return inode?.isDirectory ? 0 : inode?.id;
    };
    return this.#process.perform("stat", path, { effect });
  }

  async *list(path: string): AsyncIterable<DirectoryEntry> {
    const effect = () => [...this.#images.directory(path).cached];
    const entries = await this.#process.perform("list", path, { effect });
    for (const [name, { isDirectory }] of entries) {
      yield { name, isDirectory, isFile: !isDirectory };
    }
  }

  makeDir(path: string): Promise<void> {
    const effect = () => this.#images.makeDir(path);
    return this.#process.perform("makeDir", path, { effect });
  }

  ensureDir(path: string): Promise<void> {
    const effect = () => this.#images.ensureDir(path);
    return this.#process.perform("ensureDir", path, { effect });
  }

  rename(from: string, to: string): Promise<void> {
    const effect = () => this.#images.rename(from, to);
    return this.#process.perform("rename", from, { effect });
  }

  remove(path: string): Promise<void> {
    const effect = () => this.#images.remove(path);
    return this.#process.perform("remove", path, { effect });
  }

  syncDir(path: string): Promise<"synced" | "unsupported"> {
    const images = this.#images;
    const until = images.now;
    return this.#process.perform<"synced">("syncDir", path, {
      effect: () => {
        images.syncDir(images.directory(path), until);
        return "synced";
      },
      onFault: (error) => {
        const dir = images.directory(path);
        images.failSyncDir(dir, until, this.#process.damage);
        throw error;
      },
    });
  }

  async identity(): Promise<ProcessIdentity> {
    if (!this.running) await never();
    const pid = this.#pid;
    return {
      pid,
      host: HOST,
      boot: `boot ${this.#boot}`,
      pid_namespace: this.#namespace,
      started: `boot ${this.#boot}, pid ${pid}`,
    };
  }

  async isRunning(process: ProcessIdentity): Promise<boolean | undefined> {
    const self = await this.identity();
    // A system that has gone has no processes.
    const isHere = process.boot?.startsWith("boot ") &&
      process.pid_namespace === this.#namespace;
    if (!isHere) return undefined;
    return process.pid === self.pid && process.started === self.started;
  }

  #handle(path: string, file: FileInode): SimFileHandle {
    return new SimFileHandle(this.#process, this.#images, path, file);
  }
}
