/**
 * Detects a single producer that awaits each append.
 *
 * @module
 */
import { afterMicrotasks } from "./event_loop.ts";
import { FOLLOW_BYTES_MAX } from "./limits.ts";

/** Maximum microtasks between an acknowledgement and the append that follows. */
const FOLLOW_MICROTASKS_MAX = 8;

/**
 * Detects whether a log has one producer, which awaits each append.
 *
 * Such a producer would wait for a turn of the event loop with each line. So a
 * line that follows right after the acknowledgement of a single one is written
 * at once, or at the end of the microtasks where its file cannot be. After
 * `FOLLOW_BYTES_MAX` bytes the event loop gets its turn. A line in the microtask of
 * the acknowledgement cannot come from the producer that awaited it: there is
 * another one.
 */
export class LoneProducer {
  /** Microtasks during which a line still follows the last acknowledgement. */
  #microtasks = 0;
  /** Bytes that were written since the last turn of the event loop. */
  #bytes = 0;

  #isCounting = false;

  readonly #countDown = (): void => {
    if (this.#microtasks > 0) this.#microtasks--;
    this.#isCounting = this.#microtasks > 0;
    if (this.#isCounting) afterMicrotasks(this.#countDown);
  };

  /** Registers that a batch of one line was acknowledged. */
  acknowledged(): void {
    this.#microtasks = FOLLOW_MICROTASKS_MAX;
    if (this.#isCounting) return;
    this.#isCounting = true;
    afterMicrotasks(this.#countDown);
  }

  /** Registers a line that opens a batch; returns whether it need not wait for the turn. */
  follows(bytes: number): boolean {
    const follows = this.#microtasks > 0 &&
      this.#microtasks < FOLLOW_MICROTASKS_MAX &&
      this.#bytes < FOLLOW_BYTES_MAX;
    this.#microtasks = 0;
    this.#bytes = follows ? this.#bytes + bytes : 0;
    return follows;
  }
}
