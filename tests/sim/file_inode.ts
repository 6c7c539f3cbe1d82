/**
 * A file of the simulated disk: the bytes that the operating system holds, and
 * those that the disk holds.
 */
import type { Random } from "./random.ts";

/** A change of a file that the disk does not have yet. */
type FileChange =
  | { seq: number; offset: number; bytes: Uint8Array }
  | { seq: number; size: number };

/** Bytes that grow. */
class Bytes {
  #bytes = new Uint8Array(256);
  length = 0;

  put(offset: number, bytes: Uint8Array): void {
    const end = offset + bytes.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, offset);
    this.length = Math.max(this.length, end);
  }

  resize(size: number): void {
    if (size > this.length) {
      this.put(this.length, new Uint8Array(size - this.length));
    }
    this.#bytes.fill(0, size, this.length);
    this.length = size;
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.length);
  }
}

let files = 0;

/** A file: its bytes for the operating system, and those on the disk. */
export class FileInode {
  readonly isDirectory = false;
  readonly id: number;
  /** When it was made: nothing asks for more. */
  readonly modifiedMs: number;
  readonly cached = new Bytes();
  readonly stored = new Bytes();
  #dirty: FileChange[] = [];

  constructor(modifiedMs: number, id = ++files) {
    this.id = id;
    this.modifiedMs = modifiedMs;
  }

  append(bytes: Uint8Array, seq: number): void {
    const offset = this.cached.length;
    this.cached.put(offset, bytes);
    this.#dirty.push({ seq, offset, bytes: bytes.slice() });
  }

  truncate(size: number, seq: number): void {
    this.cached.resize(size);
    this.#dirty.push({ seq, size });
  }

  /** A sync puts on the disk what was changed before it was called, no more. */
  sync(until: number): void {
    for (const change of this.#take(until)) this.#store(change);
  }

  /**
   * A sync that fails: some of it may have reached the disk, and the rest is
   * marked clean all the same. It will be read back until the cache goes, and
   * never be written (Rebello et al., section 3: ext4, XFS).
   */
  failSync(until: number, random: Random): void {
    const changes = this.#take(until);
    const stored = random.amount(changes.length);
    for (const change of changes.slice(0, stored)) this.#store(change);
  }

  /** The file after a power loss: a prefix of its changes, the last one torn. */
  afterPowerLoss(random: Random): FileInode {
    const file = new FileInode(this.modifiedMs, this.id);
    file.stored.put(0, this.stored.view());
    const whole = random.amount(this.#dirty.length);
    for (const change of this.#dirty.slice(0, whole)) file.#store(change);
    const torn = this.#dirty[whole];
    if (torn && "bytes" in torn && random.chance(0.7)) {
      const bytes = torn.bytes.slice();
      // The length may be on the disk, and the bytes not: they read as zeros.
      const kept = random.below(bytes.length + 1);
      if (random.chance(0.3)) bytes.fill(0, kept);
      file.#store({
        ...torn,
        bytes: random.chance(0.5) ? bytes : bytes.subarray(0, kept),
      });
    }
    file.cached.put(0, file.stored.view());
    return file;
  }

  /** The same file, or another one with its bytes. */
  clone(isCopy = false): FileInode {
    const file = new FileInode(this.modifiedMs, isCopy ? undefined : this.id);
    file.cached.put(0, this.cached.view());
    file.stored.put(0, this.stored.view());
    file.#dirty = this.#dirty.slice();
    return file;
  }

  #take(until: number): FileChange[] {
    const taken = this.#dirty.filter(({ seq }) => seq <= until);
    this.#dirty = this.#dirty.filter(({ seq }) => seq > until);
    return taken;
  }

  #store(change: FileChange): void {
    if ("size" in change) return this.stored.resize(change.size);
    // Where earlier bytes were dropped, the hole reads as zeros.
    if (change.offset > this.stored.length) this.stored.resize(change.offset);
    this.stored.put(change.offset, change.bytes);
  }
}
