/**
 * Numbers instances in the order of starting.
 *
 * @module
 */
import { invalidRecord } from "./invalid_record.ts";
import { countedDigits, instanceId } from "../format/layout.ts";
import type { InstanceInput } from "../format/records.ts";
import type { RunScan } from "./resume_point.ts";

/** Which instance a writer records. */
export interface InstancePlace {
  /** Its id. */
  instance_id: string;
  /** 1, or more where it was attempted before the run was interrupted. */
  attempt: number;
}

/** Numbers the instances of a run in the order of starting. */
export class InstanceNumbering {
  readonly #idWidth: number;
  readonly #scan: RunScan | undefined;
  readonly #startedAgain = new Set<string>();
  #started: number;

  /**
   * @param idWidth Digits of ids.
   * @param scan What was there before, where the run is resumed.
   */
  constructor(idWidth: number, scan: RunScan | undefined) {
    this.#idWidth = idWidth;
    this.#scan = scan;
    this.#started = scan?.lastNumber ?? 0;
  }

  /**
   * The next instance, or one of before again.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  next({ instance_id }: InstanceInput): InstancePlace {
    if (instance_id === undefined) {
      this.#started++;
      return {
        instance_id: instanceId(this.#started, this.#idWidth),
        attempt: 1,
      };
    }
    if (!this.#mayStartAgain(instance_id)) {
      throw invalidRecord("instance", {
        path: "instance_id",
        message: `is ${
          JSON.stringify(instance_id)
        }, which is no instance that was interrupted: leave it out to start a new one`,
      });
    }
    this.#startedAgain.add(instance_id);
    const attempts = this.#scan?.inFlight.get(instance_id)?.size ?? 0;
    return { instance_id, attempt: attempts + 1 };
  }

  /**
   * An instance that began and recorded nothing has left no trace: so all that
   * were counted before, and did not complete, may be started again, once.
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
