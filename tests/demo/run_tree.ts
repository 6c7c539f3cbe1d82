/**
 * The tree of a run directory, abbreviated.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { printable, type Style } from "./terminal.ts";

const INSTANCES_SHOWN = 3;

/** The order in which a run comes to be; whatever else there is comes last. */
const ORDER = [
  "manifest.json",
  "instances.jsonl",
  "steps.jsonl",
  "assertions.jsonl",
  "summary.json",
  "artifacts",
];

/** Draws the tree: every file with its size, the first few instances, a count. */
export async function drawTree(path: string, style: Style): Promise<string> {
  const lines = [style.bold(printable(`${path}/`))];
  const names = (await readdir(path)).sort((a, b) => rank(a) - rank(b));
  for (const [i, name] of names.entries()) {
    const is_last = i === names.length - 1;
    const info = await stat(join(path, name));
    const size = info.isDirectory() ? "" : style.dim(inKilobytes(info.size));
    const label = info.isDirectory() ? `${name}/` : name.padEnd(18);
    lines.push(`${is_last ? "└──" : "├──"} ${printable(label)}${size}`);
    if (!info.isDirectory()) continue;
    for (const line of await drawInstances(join(path, name), style)) {
      lines.push(`${is_last ? " " : "│"}   ${line}`);
    }
  }
  return lines.join("\n");
}

async function drawInstances(path: string, style: Style): Promise<string[]> {
  const names = (await readdir(path)).sort();
  const shown = names.slice(0, INSTANCES_SHOWN);
  const rest = names.length - shown.length;
  const lines = [];
  for (const [i, name] of shown.entries()) {
    const files = (await readdir(join(path, name))).sort();
    const range = files.length < 2
      ? files.join("")
      : `${files[0]} … ${files.at(-1)}`;
    lines.push(
      `${rest === 0 && i === shown.length - 1 ? "└──" : "├──"} ` +
        `${printable(name)}/  ${style.dim(printable(range))}`,
    );
  }
  if (rest > 0) lines.push(`└── … ${rest} more`);
  return lines;
}

function rank(name: string): number {
  const place = ORDER.indexOf(name);
  return place === -1 ? ORDER.length : place;
}

function inKilobytes(bytes: number): string {
  return bytes < 1000
    ? `${bytes} B`.padStart(9)
    : `${(bytes / 1000).toFixed(1)} kB`.padStart(9);
}
