/**
 * Numbers instances in the order of starting.
 *
 * @module
 */
import { invalidRecord } from "./invalid_record.ts";
import { countedDigits, instanceId, movedFrom } from "../format/layout.ts";
import type { InstanceInput } from "../format/records.ts";
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
  readonly #idWidth: number;
  readonly #scan: RunScan | undefined;
  readonly #startedAgain = new Set<string>();
  /** Ids of the caller's own, in lower case: two that differ in it are one. */
  readonly #own = new Set<string>();
  #started: number;

  /**
   * @param idWidth Digits of ids.
   * @param scan What was there before, where the run is resumed.
   */
  constructor(run_id: string, idWidth: number, scan: RunScan | undefined) {
    this.#run_id = run_id;
    this.#idWidth = idWidth;
    this.#scan = scan;
    this.#started = scan?.lastNumber ?? 0;
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
   * The next instance, one of the caller's own id, or one of before again.
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
      const instance_id = instanceId(this.#started, this.#idWidth);
      if (this.#own.size === 0 || !this.#own.has(instance_id)) {
        return instance_id;
      }
    }
  }

  #assertNew(instance_id: string): void {
    const problem = movedFrom(instance_id) !== undefined
      ? 'which ends as "~1" does: such names are for files of earlier attempts'
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
    const number = Number(countedDigits(caseFolded(instance_id)));
    return number >= 1 && number <= this.#started &&
      caseFolded(instance_id) === instanceId(number, this.#idWidth);
  }

  /**
   * After a power loss an instance may have left no trace: so all that were
   * counted before, and did not complete, may be started again, once.
   */
  #mayStartAgain(instance_id: string): boolean {
    if (!this.#scan || this.#startedAgain.has(instance_id)) return false;
    const { completed, inFlight, lastNumber } = this.#scan;
    if (completed.has(instance_id)) return false;
    if (inFlight.has(instance_id)) return true;
    const number = Number(countedDigits(instance_id));
    return number >= 1 && number <= lastNumber &&
      instance_id === instanceId(number, this.#idWidth);
  }
}
