/**
 * Holds requests and responses until it is known whether their instance passed.
 *
 * @module
 */
import type { PreparedArtifact } from "./artifact_content.ts";

/** Maximum bytes that the open instances of a run hold; more goes to the disk. */
export const HELD_BYTES_MAX: number = 16 * 1024 * 1024;
/** What one file takes besides its content, about. */
const HELD_FILE_BYTES = 256;

/** What the open instances of a run hold in memory together. */
export class HeldRoom {
  /** Instances with requests whose fate is open: each writes all that it holds. */
  readonly open: Set<{ keepHeld(): void }> = new Set();
  readonly #bytesMax: number;
  #bytes = 0;

  /** @param bytesMax How much may be held. */
  constructor(bytesMax: number = HELD_BYTES_MAX) {
    this.#bytesMax = bytesMax;
  }

  /** Whether so many bytes more may be held. */
  has(bytes: number): boolean {
    return this.#bytes + bytes <= this.#bytesMax;
  }

  /** Counts what is held; less than 0 for what is not held any more. */
  add(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Writes what the instances hold that are still open. */
  keepAll(): void {
    for (const instance of this.open) instance.keepHeld();
  }
}

/** What one instance holds. */
export class HeldFiles {
  readonly #room: HeldRoom;
  #files: PreparedArtifact[] = [];
  #bytes = 0;

  /** @param room What all instances hold together. */
  constructor(room: HeldRoom) {
    this.#room = room;
  }

  /** The files that are held. */
  get files(): readonly PreparedArtifact[] {
    return this.#files;
  }

  /** Whether files can be held. */
  hasRoomFor(files: readonly PreparedArtifact[]): boolean {
    return this.#room.has(bytesOf(files));
  }

  /** Holds files. */
  add(files: readonly PreparedArtifact[]): void {
    const bytes = bytesOf(files);
    this.#room.add(bytes);
    this.#bytes += bytes;
    this.#files.push(...files);
  }

  /** Forgets the files. */
  clear(): void {
    this.#room.add(-this.#bytes);
    this.#bytes = 0;
    this.#files = [];
  }
}

function bytesOf(files: readonly PreparedArtifact[]): number {
  return files.reduce(
    (sum, { content }) =>
      sum + HELD_FILE_BYTES +
      (ArrayBuffer.isView(content) ? content.length : 0),
    0,
  );
}
