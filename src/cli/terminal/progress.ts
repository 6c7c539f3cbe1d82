/**
 * Shows the progress of work that takes more than a second, as a line on a terminal.
 *
 * @module
 */
import { formatInteger } from "./format.ts";
import type { Screen } from "./screen.ts";
import { dim, green, type Text } from "./text.ts";

const PATIENCE_MS = 1000;
const REDRAW_MS = 100;
const BAR_COLUMNS = 30;

/** Shows the progress of one task at a time. */
export class Progress {
  readonly #screen: Screen;
  readonly #patienceMs: number;
  #done = 0;
  #shown = false;

  /**
   * @param screen Where the line is drawn; nothing is drawn unless it is a terminal.
   * @param patienceMs Nothing is drawn before this time.
   */
  constructor(screen: Screen, patienceMs: number = PATIENCE_MS) {
    this.#screen = screen;
    this.#patienceMs = patienceMs;
  }

  /**
   * Shows the progress of work until it ends.
   *
   * @param label What it does: `"reading"`; or returns the whole line.
   * @param total Number of calls of {@linkcode Progress.advance}, where it
   * is known.
   * @returns What the work returns.
   */
  async during<T>(
    label: string | (() => Text),
    total: number | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    this.#done = 0;
    const startedMs = performance.now();
    const redraw = () => {
      if (performance.now() - startedMs < this.#patienceMs) return;
      this.#screen.overwrite(
        typeof label === "string" ? this.#line(label, total) : label(),
      );
      this.#shown = true;
    };
    const timer = this.#screen.isTerminal
      ? setInterval(redraw, REDRAW_MS)
      : undefined;
    try {
      return await work();
    } finally {
      clearInterval(timer);
      this.clear();
    }
  }

  /** Counts one step of the work. */
  advance(): void {
    this.#done++;
  }

  /** Removes the line. */
  clear(): void {
    if (!this.#shown) return;
    this.#screen.overwrite("");
    this.#shown = false;
  }

  #line(label: string, total: number | undefined): Text {
    const counted = this.#done === 0
      ? ""
      : dim(`  ${formatInteger(this.#done)}`);
    if (!total) return [`${label}…`, counted];
    const part = Math.min(1, this.#done / total);
    const filled = Math.floor(part * BAR_COLUMNS);
    return [
      `${label}  `,
      green("█".repeat(filled)),
      dim("░".repeat(BAR_COLUMNS - filled)),
      `  ${String(Math.floor(part * 100)).padStart(3)} %`,
      counted,
    ];
  }
}
