/**
 * The layers of `src/`: which folder may import which, that a folder has one
 * door, that no files import each other in a circle, and where a runtime may be
 * named.
 */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { test } from "node:test";
import { ROOT } from "./support/runtimes.ts";

/** Folders in rows, the lowest first: a folder imports from lower rows only. */
const ROWS: readonly string[][] = [
  ["errors", "time"],
  ["json"],
  ["check"],
  ["storage", "format", "redact"],
  ["adapters", "http"],
  ["seal"],
  ["record", "read"],
  ["repair", "verify", "compare", "replay", "analyze"],
  ["transfer", "report", "runners"],
  ["cli"],
];

/**
 * From this row on a folder is imported through its doors alone: `mod.ts`, which
 * is public, and `internal.ts`, for other folders.
 */
const FIRST_ROW_WITH_A_DOOR = 4;

/** From this row on a folder with a `mod.ts` is an entry point of the package. */
const PUBLIC_ROW = 6;

const FLOORS_MAX = 9;

/** Files that only these folders may import. */
const RESERVED: Record<string, string[]> = {
  "src/format/json_schema.ts": ["cli"],
};

/**
 * What the command line may import: what every user can import, ground that shows
 * nothing of a run, and the reserved files above.
 */
const OPEN_TO_CLI =
  /^(?:mod|src\/errors|src\/json\/\w+|src\/check\/closest_name)\.ts$/;

/**
 * What a door never loads, so that a program that only reads carries no writer:
 * `@windtunnel/artifacts/read` and the like.
 */
const NEVER_LOADED: Record<string, string[]> = {
  record: ["read", "repair", "verify", "compare", "replay", "analyze"],
  read: ["record", "http", "redact", "seal"],
  repair: ["verify", "compare", "replay", "analyze", "transfer"],
  verify: ["record", "http", "redact", "repair", "compare", "replay"],
  compare: ["record", "http", "redact", "repair", "verify", "replay"],
  replay: ["record", "adapters", "verify", "compare"],
  transfer: ["repair", "verify", "compare", "replay", "analyze"],
  analyze: ["record", "read", "storage", "adapters", "http", "redact"],
  http: ["record", "read", "storage", "adapters", "replay"],
  report: ["record", "http", "redact", "repair", "verify", "replay"],
};

/** Folders that may name Deno, Bun or Node. */
const MAY_NAME_A_RUNTIME = ["adapters", "cli"];

interface Import {
  from: string;
  to: string;
}

const FILES: string[] = [
  "mod.ts",
  ...globSync("src/**/*.ts", { cwd: ROOT }).map((file) =>
    file.split(sep).join("/")
  ),
].sort();

const SOURCES: Map<string, string> = new Map(
  FILES.map((file) => [file, readFileSync(join(ROOT, file), "utf8")]),
);

const IMPORTS: Import[] = [...SOURCES].flatMap(([from, source]) =>
  importsOf(source).map((specifier) => ({
    from,
    to: posix.normalize(posix.join(posix.dirname(from), specifier)),
  }))
);

/** The relative specifiers that a file imports or exports from. */
function importsOf(source: string): string[] {
  // Imports stand at the beginning of a line; those in doc comments do not.
  const statements = source.matchAll(
    /^(?:import|export)\b[^;]*?\bfrom\s+"(\.[^"]+)"/gm,
  );
  const dynamic = source.matchAll(/\bimport\(\s*"(\.[^"]+)"\s*\)/g);
  return [...statements, ...dynamic].map(([, specifier]) => specifier!);
}

/** `record` for `src/record/create_run.ts`, `errors` for `src/errors.ts`. */
function folderOf(file: string): string {
  if (file === "mod.ts") return "mod";
  return relative("src", file).split(sep)[0]!.replace(/\.ts$/, "");
}

function rowOf(folder: string): number {
  if (folder === "mod") return ROWS.length - 1;
  return ROWS.findIndex((row) => row.includes(folder));
}

test("every folder of src/ has a row", () => {
  for (const file of FILES) {
    assert.notEqual(rowOf(folderOf(file)), -1, `${file} is in no row`);
  }
});

test("every import leads to a file", () => {
  assert.ok(IMPORTS.length > 200, "the imports were not found");
  for (const { from, to } of IMPORTS) {
    assert.ok(SOURCES.has(to), `${from} imports ${to}`);
  }
});

test("a folder imports from lower rows only", () => {
  const wrong = IMPORTS.filter(({ from, to }) => {
    const [a, b] = [folderOf(from), folderOf(to)];
    if (a === b || a === "mod") return false;
    // The command line shows what users can compute: it uses what they use.
    if (a === "cli" && to === "mod.ts") return false;
    return rowOf(b) >= rowOf(a);
  });
  assert.deepEqual(wrong.map(({ from, to }) => `${from} > ${to}`), []);
});

test("the command line imports what every user can import", () => {
  const wrong = IMPORTS.filter(({ from, to }) =>
    folderOf(from) === "cli" && folderOf(to) !== "cli" &&
    !OPEN_TO_CLI.test(to) && !RESERVED[to]?.includes("cli")
  );
  assert.deepEqual(wrong.map(({ from, to }) => `${from} > ${to}`), []);
});

test("there are at most 9 floors: no chain of folders that import each other is longer", () => {
  const below = new Map<string, Set<string>>();
  for (const { from, to } of IMPORTS) {
    const [a, b] = [folderOf(from), folderOf(to)];
    if (a === b || b === "mod") continue;
    below.set(a, (below.get(a) ?? new Set()).add(b));
  }
  const floorOf = (folder: string): number =>
    1 + Math.max(0, ...[...below.get(folder) ?? []].map(floorOf));
  const floors = Math.max(...FILES.map((file) => floorOf(folderOf(file))));
  assert.ok(floors > 5, "the imports were not found");
  assert.ok(floors <= FLOORS_MAX, `there are ${floors} floors`);
});

test("a folder of the upper rows is imported through its doors", () => {
  const wrong = IMPORTS.filter(({ from, to }) =>
    folderOf(from) !== folderOf(to) && to !== "mod.ts" &&
    rowOf(folderOf(to)) >= FIRST_ROW_WITH_A_DOOR &&
    !["mod.ts", "internal.ts"].includes(posix.basename(to))
  );
  assert.deepEqual(wrong.map(({ from, to }) => `${from} > ${to}`), []);
});

/** The files that a file loads before its first line runs, itself included. */
function loadedBy(file: string, loaded = new Set<string>()): Set<string> {
  if (loaded.has(file)) return loaded;
  loaded.add(file);
  const statements = SOURCES.get(file)!.matchAll(
    /^(?:import|export)\b(?! type\b)[^;]*?\bfrom\s+"(\.[^"]+)"/gm,
  );
  for (const [, specifier] of statements) {
    loadedBy(
      posix.normalize(posix.join(posix.dirname(file), specifier!)),
      loaded,
    );
  }
  return loaded;
}

test("every door is an entry point, through JSR and through npm", () => {
  for (const config of ["deno.json", "package.json"]) {
    const { exports } = JSON.parse(readFileSync(join(ROOT, config), "utf8"));
    for (const folder of Object.keys(NEVER_LOADED)) {
      assert.equal(exports[`./${folder}`], `./src/${folder}/mod.ts`, config);
    }
  }
  const doors = FILES.filter((file) =>
    posix.basename(file) === "mod.ts" && rowOf(folderOf(file)) >= PUBLIC_ROW &&
    file !== "mod.ts"
  );
  assert.deepEqual(
    doors.map(folderOf).filter((folder) => !(folder in NEVER_LOADED)),
    [],
  );
});

test("a door loads no folder that its users do not need", () => {
  for (const [folder, never] of Object.entries(NEVER_LOADED)) {
    const loaded = [...loadedBy(`src/${folder}/mod.ts`)];
    assert.ok(loaded.length > 10, folder);
    assert.deepEqual(
      loaded.filter((file) => never.includes(folderOf(file))),
      [],
      folder,
    );
  }
});

test("a reserved file is imported by nobody else", () => {
  for (const [file, folders] of Object.entries(RESERVED)) {
    assert.ok(SOURCES.has(file), `${file} is not there`);
    const wrong = IMPORTS.filter(({ from, to }) =>
      to === file && !folders.includes(folderOf(from))
    );
    assert.deepEqual(wrong.map(({ from }) => from), []);
  }
});

test("no files import each other in a circle", () => {
  const targets = new Map<string, string[]>();
  for (const { from, to } of IMPORTS) {
    targets.set(from, [...targets.get(from) ?? [], to]);
  }
  const done = new Set<string>();
  const visit = (file: string, path: string[]): void => {
    if (done.has(file)) return;
    const at = path.indexOf(file);
    if (at !== -1) {
      assert.fail([...path.slice(at), file].join(" > "));
    }
    for (const to of targets.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of FILES) visit(file, []);
});

test("only adapters and the command line name a runtime", () => {
  for (const [file, source] of SOURCES) {
    if (MAY_NAME_A_RUNTIME.includes(folderOf(file))) continue;
    // Comments may: an example starts a server of Node's.
    const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    const named = code.match(/\b(?:Deno|Bun)\s*[.?[]|["']node:|\bprocess\./);
    assert.equal(named, null, `${file} names a runtime: ${named}`);
  }
});

test("files of a folder lie in it, none loose in src/", () => {
  const loose = FILES.filter((file) => dirname(file) === "src");
  assert.deepEqual(loose, ["src/errors.ts"]);
});
