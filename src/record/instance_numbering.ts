/**
 * Which instance is started: the one owner of their numbering.
 *
 * @module
 */
import { invalidRecord } from "./encode.ts";
import { countedDigits, instanceId } from "../format/layout.ts";
import type { InstanceInput } from "../format/records.ts";
import type { RunScan } from "../repair/scan_run.ts";

/** Which instance a writer records. */
export interface InstancePlace {
  /** Its id. */
  instance_id: string;
  /** 1, or more where it was attempted before the run was interrupted. */
  attempt: number;
}

/** Numbers the instances of a run in the order of starting. */
export class InstancePlaces {
  readonly #id_width: number;
  readonly #scan: RunScan | undefined;
  readonly #started_again = new Set<string>();
  #started: number;

  /**
   * @param id_width Digits of ids.
   * @param scan What was there before, where the run is resumed.
   */
  constructor(id_width: number, scan: RunScan | undefined) {
    this.#id_width = id_width;
    this.#scan = scan;
    this.#started = scan?.last_number ?? 0;
  }

  /**
   * The next instance, or one of before again.
   *
   * @throws {ArtifactError} `INVALID_RECORD`
   */
  take({ instance_id }: InstanceInput): InstancePlace {
    if (instance_id === undefined) {
      this.#started++;
      return {
        instance_id: instanceId(this.#started, this.#id_width),
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
    this.#started_again.add(instance_id);
    const attempts = this.#scan?.in_flight.get(instance_id)?.size ?? 0;
    return { instance_id, attempt: attempts + 1 };
  }

  /**
   * An instance that began and recorded nothing has left no trace: so all that
   * were counted before, and did not complete, may be started again, once.
   */
  #mayStartAgain(instance_id: string): boolean {
    if (!this.#scan || this.#started_again.has(instance_id)) return false;
    const { completed, in_flight, last_number } = this.#scan;
    if (completed.has(instance_id)) return false;
    if (in_flight.has(instance_id)) return true;
    const number = Number(countedDigits(instance_id));
    return number >= 1 && number <= last_number &&
      instance_id === instanceId(number, this.#id_width);
  }
}
