/**
 * Writes tables that fit the terminal.
 *
 * @module
 */
import { cut, pad, widthOf } from "./render.ts";
import type { Screen } from "./screen.ts";
import { dim, type Text } from "./text.ts";

/** A column of a {@linkcode Table}. */
export interface Column {
  /** Its heading. */
  title: string;
  /** Default: `"left"`. */
  align?: "left" | "right";
  /** Whether it is cut where the terminal is too narrow. */
  shrinks?: boolean;
  /** It is left out where that is not enough: the highest number first. */
  dropPriority?: number;
  /**
   * Whether it is written below its row, in full, where the terminal is too narrow:
   * for what must not be cut.
   */
  overflowBelow?: boolean;
}

const GAP = "  ";
const ROWS_MEASURED_MAX = 100;
const FLEXIBLE_WIDTH_MIN = 8;
const INDENT = "      ";

/**
 * Writes rows as they are added. The first rows are buffered to measure them; later
 * cells that are wider are cut.
 */
export class Table {
  readonly #screen: Screen;
  readonly #columns: readonly Column[];
  #buffered: Text[][] | undefined = [];
  /** Width of each column; 0 where it is left out. */
  #widths: number[] = [];
  #hasOverflow = false;

  constructor(screen: Screen, columns: readonly Column[]) {
    this.#screen = screen;
    this.#columns = columns;
  }

  /** Adds a row, with a cell for each column. */
  row(cells: Text[]): void {
    if (!this.#buffered) return this.#write(cells);
    this.#buffered.push(cells);
    if (this.#buffered.length === ROWS_MEASURED_MAX) this.end();
  }

  /** Writes the buffered rows. A table without rows has no headings either. */
  end(): void {
    const buffered = this.#buffered;
    this.#buffered = undefined;
    if (!buffered || buffered.length === 0) return;
    const { style, columns: room } = this.#screen;
    const natural = this.#columns.map(({ title }, i) =>
      Math.max(
        widthOf(title, style),
        ...buffered.map((cells) => widthOf(cells[i]!, style)),
      )
    );
    this.#hasOverflow = totalOf(natural) > room;
    const inside = natural.map((width, i) => this.#overflows(i) ? 0 : width);
    this.#widths = fitWidths(this.#columns, inside, room);
    this.#writeLine(this.#columns.map(({ title }) => dim(title)));
    for (const cells of buffered) this.#write(cells);
  }

  #overflows(place: number): boolean {
    return this.#hasOverflow && this.#columns[place]!.overflowBelow === true;
  }

  #write(cells: Text[]): void {
    this.#writeLine(cells);
    for (const [i, cell] of cells.entries()) {
      if (this.#overflows(i) && widthOf(cell, this.#screen.style) > 0) {
        this.#screen.line([INDENT, cell]);
      }
    }
  }

  #writeLine(cells: Text[]): void {
    const { style, columns: room } = this.#screen;
    const shown = cells.flatMap((cell, i): Text[] => {
      const width = this.#widths[i]!;
      if (width === 0) return [];
      const { align = "left" } = this.#columns[i]!;
      const fitting = room === Infinity ? cell : cut(cell, width, style);
      return [pad(fitting, width, align, style)];
    });
    this.#screen.cutLine(
      shown.flatMap((cell, i) => i === 0 ? [cell] : [GAP, cell]),
    );
  }
}

/** Returns the width of each column; 0 where it is left out. */
function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  room: number,
): number[] {
  const widths = [...natural];
  const droppable = columns.map((_, i) => i)
    .filter((i) => columns[i]!.dropPriority !== undefined)
    .sort((a, b) => columns[b]!.dropPriority! - columns[a]!.dropPriority!);
  while (totalOf(widths) > room) {
    // The widest column shrinks first.
    let widest = -1;
    for (const [i, width] of widths.entries()) {
      if (
        columns[i]!.shrinks && width > (widths[widest] ?? FLEXIBLE_WIDTH_MIN)
      ) {
        widest = i;
      }
    }
    if (widest !== -1) {
      widths[widest]!--;
      continue;
    }
    const dropped = droppable.shift();
    if (dropped === undefined) break;
    // There is room again: start again with the remaining columns.
    for (const [i, width] of natural.entries()) {
      if (widths[i] !== 0) widths[i] = width;
    }
    widths[dropped] = 0;
  }
  return widths;
}

function totalOf(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, 0) +
    GAP.length * (shown.length - 1);
}
