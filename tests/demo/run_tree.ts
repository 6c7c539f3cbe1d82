/**
 * The tree of a run directory, abbreviated.
 *
 * @module
 */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { formatBytes } from "../../src/cli/terminal/format.ts";
import { bold, dim, type Text } from "../../src/cli/terminal/text.ts";

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
export async function drawTree(path: string): Promise<Text[]> {
  const lines: Text[] = [bold(`${path}/`)];
  const names = (await readdir(path)).sort((a, b) => rank(a) - rank(b));
  for (const [i, name] of names.entries()) {
    const isLast = i === names.length - 1;
    const branch = isLast ? "└── " : "├── ";
    const info = await stat(join(path, name));
    if (!info.isDirectory()) {
      const size = dim(formatBytes(info.size).padStart(9));
      lines.push([branch, name.padEnd(18), size]);
      continue;
    }
    lines.push([branch, `${name}/`]);
    for (const line of await drawInstances(join(path, name))) {
      lines.push([isLast ? "    " : "│   ", line]);
    }
  }
  return lines;
}

async function drawInstances(path: string): Promise<Text[]> {
  const names = (await readdir(path)).sort();
  const shown = names.slice(0, INSTANCES_SHOWN);
  const rest = names.length - shown.length;
  const lines: Text[] = [];
  for (const [i, name] of shown.entries()) {
    const files = (await readdir(join(path, name))).sort();
    const range = files.length < 2
      ? files.join("")
      : `${files[0]} … ${files.at(-1)}`;
    const isLast = rest === 0 && i === shown.length - 1;
    lines.push([isLast ? "└── " : "├── ", `${name}/  `, dim(range)]);
  }
  if (rest > 0) lines.push(`└── … ${rest} more`);
  return lines;
}

function rank(name: string): number {
  const place = ORDER.indexOf(name);
  return place === -1 ? ORDER.length : place;
}
