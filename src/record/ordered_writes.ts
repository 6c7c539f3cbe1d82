/**
 * Runs the file writes of one instance in the order of the calls.
 *
 * @module
 */

/** What {@linkcode OrderedWrites} need of their run. */
export interface WriteRoom {
  /**
   * Reserves room for what waits for its turn, or throws `QUEUE_FULL`; returns
   * how to give the room back.
   */
  reserve(bytes: number): () => void;
  /** Keeps the run from being finalized before `work` has settled. */
  track(work: Promise<unknown>): void;
}

/** Artifact writes under way, with what has to follow them in order. */
export class OrderedWrites {
  readonly #room: WriteRoom;
  #last: Promise<unknown> | undefined;

  /** @param room Bounds what may wait. */
  constructor(room: WriteRoom) {
    this.#room = room;
  }

  /** Whether nothing is under way: what comes now need not wait. */
  get isIdle(): boolean {
    return this.#last === undefined;
  }

  /**
   * Runs `work` after what was enqueued before it, however that ended.
   *
   * @param bytes What `work` keeps in memory until it has run.
   * @throws {ArtifactError} `QUEUE_FULL`
   */
  enqueue<T>(bytes: number, work: () => Promise<T>): Promise<T> {
    const release = this.#room.reserve(bytes);
    const result = this.#last ? this.#last.then(work) : work();
    const settled = result.then(release, release);
    this.#last = settled;
    settled.then(() => {
      if (this.#last === settled) this.#last = undefined;
    });
    this.#room.track(settled);
    return result;
  }
}
