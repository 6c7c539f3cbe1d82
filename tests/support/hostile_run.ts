/** A run directory in memory, and what a stranger may do to it. */
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import fc from "fast-check";

/** Files of a run by their path in it. */
export type Tree = Map<string, Uint8Array>;

/** One change. */
export type Mutation = (tree: Tree) => void;

/** Reads a directory. */
export async function readTree(dir: string): Promise<Tree> {
  const tree: Tree = new Map();
  for (const name of (await readdir(dir, { recursive: true })).sort()) {
    const file = join(dir, name);
    if ((await stat(file)).isFile()) tree.set(name, await readFile(file));
  }
  return tree;
}

/** Writes a directory; a name that is a directory already is passed over. */
export async function writeTree(dir: string, tree: Tree): Promise<void> {
  await mkdir(join(dir, "artifacts"), { recursive: true });
  for (const [name, bytes] of tree) {
    const file = join(dir, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

const at = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const noise = fc.uint8Array({ minLength: 1, maxLength: 8 });

/** Text that is put in the place of a JSON value. */
const wrongValues = fc.oneof(
  fc.constantFrom(
    "null",
    "true",
    "[]",
    "{}",
    '""',
    "-1",
    "0",
    "1e400",
    "-0",
    "9007199254740993",
    "1e308",
    "123456789012345678901234567890",
    '"../../outside/file"',
    '"inst_001"',
    '"\\ud800"',
    '"\\u0000"',
    '"__proto__"',
    '{"__proto__":{"polluted":true}}',
    '{"$secret":"authorization"}',
    '["artifacts/../../outside/file"]',
    '["artifacts/inst_001/../../../outside/file"]',
    "[".repeat(600) + "]".repeat(600),
    "[".repeat(100_000) + "]".repeat(100_000),
    '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000),
    `"${"x".repeat(300_000)}"`,
  ),
  fc.json({ maxDepth: 2 }),
);

/** Any change to any file. */
export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  { weight: 3, arbitrary: bytesChange(noise, flip) },
  { weight: 2, arbitrary: bytesChange(noise, insert) },
  { weight: 2, arbitrary: bytesChange(at, cut) },
  { weight: 1, arbitrary: bytesChange(at, zeros) },
  { weight: 2, arbitrary: bytesChange(at, repeatLine) },
  { weight: 1, arbitrary: bytesChange(at, truncate) },
  { weight: 6, arbitrary: bytesChange(wrongValues, replaceValue) },
  { weight: 1, arbitrary: bytesChange(wrongValues, replaceAll) },
  { weight: 1, arbitrary: treeChange(swap) },
  { weight: 1, arbitrary: treeChange((tree, name) => tree.delete(name)) },
  { weight: 1, arbitrary: treeChange(asDirectory) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "artifacts/inst_001~999999999999999/step_001_request.json",
      "artifacts/inst_001~0/a",
      "artifacts/inst_001/inst_001/inst_001",
      "artifacts/inst_003",
      "writer-0123456789abcdef.lock",
      "manifest.json.tmp",
      "summary.json.tmp",
      "summary.json.tmp/inside",
      ".hidden",
    ).map((name): Mutation => (tree) => {
      tree.set(name, new TextEncoder().encode('{"pid":1e400}'));
    }),
  },
);

/** A change to the bytes of one file, at a place. */
function bytesChange<T>(
  argument: fc.Arbitrary<T>,
  change: (bytes: Uint8Array, place: number, argument: T) => Uint8Array,
): fc.Arbitrary<Mutation> {
  return fc.tuple(at, at, argument).map(([file, place, argument]) => (tree) => {
    const name = pick(tree, file);
    const bytes = tree.get(name)!;
    const position = Math.floor(place * bytes.length);
    tree.set(name, change(bytes, position, argument));
  });
}

/** A change to the tree, about two of its files. */
function treeChange(
  change: (tree: Tree, name: string, other: string) => void,
): fc.Arbitrary<Mutation> {
  return fc.tuple(at, at).map(([one, other]) => (tree) =>
    change(tree, pick(tree, one), pick(tree, other))
  );
}

function pick(tree: Tree, which: number): string {
  if (tree.size === 0) tree.set("manifest.json", new Uint8Array());
  return [...tree.keys()][Math.floor(which * tree.size)]!;
}

function splice(
  bytes: Uint8Array,
  start: number,
  end: number,
  between: Uint8Array,
): Uint8Array {
  return new Uint8Array([
    ...bytes.subarray(0, start),
    ...between,
    ...bytes.subarray(end),
  ]);
}

function flip(bytes: Uint8Array, place: number, by: Uint8Array): Uint8Array {
  return splice(
    bytes,
    place,
    place + 1,
    new Uint8Array([(bytes[place] ?? 0) ^ (by[0]! || 1)]),
  );
}

function insert(bytes: Uint8Array, place: number, what: Uint8Array) {
  return splice(bytes, place, place, what);
}

function cut(bytes: Uint8Array, place: number, length: number): Uint8Array {
  const end = place + 1 + Math.floor(length * (bytes.length - place));
  return splice(bytes, place, end, new Uint8Array());
}

function zeros(bytes: Uint8Array, place: number, length: number): Uint8Array {
  const count = Math.floor(length * (bytes.length - place));
  return splice(bytes, place, place + count, new Uint8Array(count));
}

function truncate(bytes: Uint8Array, place: number): Uint8Array {
  return bytes.subarray(0, place);
}

function repeatLine(bytes: Uint8Array, place: number, to: number): Uint8Array {
  const start = bytes.lastIndexOf(10, place - 1) + 1;
  const end = bytes.indexOf(10, place) + 1 || bytes.length;
  const target = bytes.lastIndexOf(10, Math.floor(to * bytes.length)) + 1;
  return splice(bytes, target, target, bytes.subarray(start, end));
}

/** Puts another value where the next number, text or word of JSON is. */
function replaceValue(
  bytes: Uint8Array,
  place: number,
  value: string,
): Uint8Array {
  const text = new TextDecoder("latin1").decode(bytes);
  const token =
    /(?<=[:[,]\s*)(?:"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|\w+|\{\}|\[\])/g;
  token.lastIndex = place;
  const match = token.exec(text);
  if (!match) return bytes;
  const end = match.index + match[0].length;
  return splice(bytes, match.index, end, new TextEncoder().encode(value));
}

function replaceAll(_: Uint8Array, __: number, value: string): Uint8Array {
  return new TextEncoder().encode(`${value}\n`);
}

function swap(tree: Tree, name: string, other: string): void {
  const bytes = tree.get(name)!;
  tree.set(name, tree.get(other)!);
  tree.set(other, bytes);
}

function asDirectory(tree: Tree, name: string): void {
  const bytes = tree.get(name)!;
  tree.delete(name);
  tree.set(join(name, "inside"), bytes);
}
