/**
 * Bounds what a run keeps in memory, and waits for the work under way.
 *
 * @module
 */
import { ArtifactError } from "../errors.ts";
import type { WriteRoom } from "./ordered_writes.ts";

/** What waits to be written in a run. */
export class WriteQueue implements WriteRoom {
  readonly #run_id: string;
  readonly #bytesMax: number;
  readonly #logs: { readonly queuedBytes: number };
  /** Work that will still append something. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Artifacts in memory, and records that come after them. */
  #reservedBytes = 0;

  /**
   * @param bytesMax How much may wait.
   * @param logs Where records wait.
   */
  constructor(
    run_id: string,
    bytesMax: number,
    logs: { readonly queuedBytes: number },
  ) {
    this.#run_id = run_id;
    this.#bytesMax = bytesMax;
    this.#logs = logs;
  }

  /** What waits: bytes of artifacts, and text in UTF-16 code units. */
  get bytes(): number {
    return this.#reservedBytes + this.#logs.queuedBytes;
  }

  /** Reserves room, or throws `QUEUE_FULL`; returns how to give it back. */
  reserve(bytes: number): () => void {
    // With what files hold: there, a line that was held is not refused again.
    const waiting = this.bytes;
    if (waiting > 0 && waiting + bytes > this.#bytesMax) {
      throw new ArtifactError(
        "QUEUE_FULL",
        `Cannot record more of run "${this.#run_id}": ${waiting} bytes of artifacts and records wait to be written already: await the promises of steps and artifacts`,
      );
    }
    this.#reservedBytes += bytes;
    return () => this.#reservedBytes -= bytes;
  }

  /** Keeps the run from being finalized before `work` has settled. */
  track(work: Promise<unknown>): void {
    this.#underWay.add(work);
    work.then(() => this.#underWay.delete(work));
  }

  /** Resolves when no work is under way. */
  async settled(): Promise<void> {
    while (this.#underWay.size > 0) {
      await Promise.allSettled(this.#underWay);
    }
  }
}
