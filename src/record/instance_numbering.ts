/**
 * Numbers instances in the order of starting.
 *
 * @module
 */
import { invalidRecord } from "./invalid_record.ts";
import {
  countedDigits,
  instanceId,
  movedFrom,
  shardInstanceNumber,
} from "../format/layout.ts";
import type { InstanceInput, Manifest, Shard } from "../format/records.ts";
import { caseFolded } from "../format/names.ts";
import { placeOf } from "./invalid_record.ts";
import type { RunScan } from "./resume_point.ts";

/** Which instance a writer records. */
export interface InstancePlace {
  /** Its id. */
  instance_id: string;
  /** 1, or more where it was attempted before the run was interrupted. */
  attempt: number;
}

/**
 * Numbers the instances of a run in the order of starting, and holds ids of the
 * caller's own to be new in the run.
 */
export class InstanceNumbering {
  readonly #run_id: string;
  readonly #shard: Shard;
  readonly #idWidth: number;
  readonly #scan: RunScan | undefined;
  readonly #startedAgain = new Set<string>();
  /** Ids of the caller's own, in lower case: two that differ in it are one. */
  readonly #own = new Set<string>();
  /** Instances that were counted before the run was resumed. */
  readonly #startedBefore: number;
  /** Instances that were counted so far. */
  #started: number;

  /**
   * @param idWidth Digits of ids.
   * @param scan What was there before, where the run is resumed.
   */
  constructor(
    { run_id, shard }: Pick<Manifest, "run_id" | "shard">,
    idWidth: number,
    scan: RunScan | undefined,
  ) {
    this.#run_id = run_id;
    this.#shard = shard ?? { index: 1, count: 1 };
    this.#idWidth = idWidth;
    this.#scan = scan;
    this.#started = this.#startedBefore = Math.ceil(
      ((scan?.lastNumber ?? 0) - this.#shard.index + 1) / this.#shard.count,
    );
  }

  /** Instances that were in flight before, and were not started again. */
  get waiting(): number {
    let waiting = 0;
    for (const [instance_id, { start }] of this.#scan?.inFlight ?? []) {
      if (start && !this.#startedAgain.has(instance_id)) waiting++;
    }
    return waiting;
  }

  /**
   * Returns the next instance, one with the caller's own id, or one that is resumed.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  next({ instance_id }: InstanceInput): InstancePlace {
    if (instance_id === undefined) {
      return { instance_id: this.#count(), attempt: 1 };
    }
    if (this.#mayStartAgain(instance_id)) {
      this.#startedAgain.add(instance_id);
      const before = this.#scan?.inFlight.get(instance_id)?.attempts.size ?? 0;
      return { instance_id, attempt: before + 1 };
    }
    this.#assertNew(instance_id);
    this.#own.add(caseFolded(instance_id));
    return { instance_id, attempt: 1 };
  }

  #count(): string {
    for (;;) {
      this.#started++;
      const number = shardInstanceNumber(this.#started, this.#shard);
      const instance_id = instanceId(number, this.#idWidth);
      if (this.#own.size === 0 || !this.#own.has(instance_id)) {
        return instance_id;
      }
    }
  }

  #assertNew(instance_id: string): void {
    const problem = movedFrom(instance_id) !== undefined
      ? 'which ends as "~1" does: such names are for files of earlier attempts'
      : this.#isOfOtherShard(instance_id)
      ? "which another shard of the run counts: choose one that does not look counted"
      : this.#isUsed(instance_id)
      ? "which another instance of the run has, or one that differs in case alone: choose another; to try an instance again, give its id as retry_of"
      : undefined;
    if (problem === undefined) return;
    throw invalidRecord("instance", {
      path: "instance_id",
      message: `is ${JSON.stringify(instance_id)}, ${problem}`,
    }, placeOf({ run_id: this.#run_id }));
  }

  #isUsed(instance_id: string): boolean {
    if (this.#own.has(caseFolded(instance_id))) return true;
    if (this.#scan?.usedIds.has(caseFolded(instance_id))) return true;
    return this.#isCounted(caseFolded(instance_id), this.#started);
  }

  /** Whether an id is one of the first `started` that this writer counts. */
  #isCounted(instance_id: string, started: number): boolean {
    const number = Number(countedDigits(instance_id));
    const last = shardInstanceNumber(started, this.#shard);
    return number >= 1 && number <= last &&
      !this.#isOfOtherShard(instance_id) &&
      instance_id === instanceId(number, this.#idWidth);
  }

  #isOfOtherShard(instance_id: string): boolean {
    const { index, count } = this.#shard;
    const digits = countedDigits(caseFolded(instance_id));
    return digits !== undefined && (Number(digits) - index) % count !== 0;
  }

  /**
   * After a power loss an instance may have left no trace: so all that were
   * counted before, and did not complete, may be started again, once.
   */
  #mayStartAgain(instance_id: string): boolean {
    if (!this.#scan || this.#startedAgain.has(instance_id)) return false;
    const { completed, inFlight } = this.#scan;
    if (completed.has(instance_id)) return false;
    return inFlight.has(instance_id) ||
      this.#isCounted(instance_id, this.#startedBefore);
  }
}
