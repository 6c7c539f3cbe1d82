/**
 * Rows under each other.
 *
 * @module
 */
import { cut, pad, widthOf } from "./render.ts";
import type { Screen } from "./screen.ts";
import { dim, type Text } from "./text.ts";

/** A column of a {@linkcode Table}. */
export interface Column {
  /** What stands above it. */
  title: string;
  /** Default: `"left"`. */
  align?: "left" | "right";
  /** Whether it gives way where the terminal is too narrow for all of them. */
  shrinks?: boolean;
  /** Whether it may be left out where that is not enough: the highest first. */
  dropPriority?: number;
  /**
   * Whether it goes under its row, in full, where the terminal is too narrow for
   * all: what a table is looked at for must not be cut.
   */
  overflowBelow?: boolean;
}

const GAP = "  ";
const ROWS_MEASURED_MAX = 100;
const FLEXIBLE_WIDTH_MIN = 8;
const INDENT = "      ";

/**
 * Writes rows as they come. The first ones are kept until it is known how wide
 * they are; what comes later and is wider is cut, and nothing is kept of it.
 */
export class Table {
  readonly #screen: Screen;
  readonly #columns: readonly Column[];
  #kept: Text[][] | undefined = [];
  /** By column; 0 where it is left out. */
  #widths: number[] = [];
  #isBelow = false;

  constructor(screen: Screen, columns: readonly Column[]) {
    this.#screen = screen;
    this.#columns = columns;
  }

  /** Adds a row: as many cells as there are columns. */
  row(cells: Text[]): void {
    if (!this.#kept) return this.#write(cells);
    this.#kept.push(cells);
    if (this.#kept.length === ROWS_MEASURED_MAX) this.end();
  }

  /** Writes what is kept. A table without a row is not there at all. */
  end(): void {
    const kept = this.#kept;
    this.#kept = undefined;
    if (!kept || kept.length === 0) return;
    const { style, columns: room } = this.#screen;
    const natural = this.#columns.map(({ title }, i) =>
      Math.max(
        widthOf(title, style),
        ...kept.map((cells) => widthOf(cells[i]!, style)),
      )
    );
    this.#isBelow = totalOf(natural) > room;
    const inside = natural.map((width, i) => this.#goesBelow(i) ? 0 : width);
    this.#widths = fitWidths(this.#columns, inside, room);
    this.#writeLine(this.#columns.map(({ title }) => dim(title)));
    for (const cells of kept) this.#write(cells);
  }

  #goesBelow(place: number): boolean {
    return this.#isBelow && this.#columns[place]!.overflowBelow === true;
  }

  #write(cells: Text[]): void {
    this.#writeLine(cells);
    for (const [i, cell] of cells.entries()) {
      if (this.#goesBelow(i) && widthOf(cell, this.#screen.style) > 0) {
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

/** How wide each column may be; 0 for one that is left out. */
function fitWidths(
  columns: readonly Column[],
  natural: readonly number[],
  room: number,
): number[] {
  const widths = [...natural];
  const spares = columns.map((_, i) => i)
    .filter((i) => columns[i]!.dropPriority !== undefined)
    .sort((a, b) => columns[b]!.dropPriority! - columns[a]!.dropPriority!);
  while (totalOf(widths) > room) {
    // The widest gives way first, so that no narrow one is cut for it.
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
    const spare = spares.shift();
    if (spare === undefined) break;
    // There is room again: try anew with all that is left.
    for (const [i, width] of natural.entries()) {
      if (widths[i] !== 0) widths[i] = width;
    }
    widths[spare] = 0;
  }
  return widths;
}

function totalOf(widths: readonly number[]): number {
  const shown = widths.filter((width) => width > 0);
  return shown.reduce((sum, width) => sum + width, 0) +
    GAP.length * (shown.length - 1);
}
