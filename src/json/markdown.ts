/**
 * Formats Markdown, for a pull request.
 *
 * @module
 */
import { printable } from "./printable.ts";

/** Formats recorded text as code, so that it cannot be markup, a mention or a link. */
export function code(text: string): string {
  const plain = printable(text, true);
  if (plain === "") return "";
  const longest = Math.max(
    0,
    ...(plain.match(/`+/g) ?? []).map(({ length }) => length),
  );
  const fence = "`".repeat(longest + 1);
  const space = /^`|`$/.test(plain) ? " " : "";
  return fence + space + plain + space + fence;
}

/** Formats a table; the cells are Markdown. */
export function markdownTable(
  titles: readonly string[],
  rows: readonly string[][],
): string[] {
  // In a table a bar ends the cell, even in code.
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(titles), line(titles.map(() => "---")), ...rows.map(line)];
}
