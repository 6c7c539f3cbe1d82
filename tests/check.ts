/**
 * Everything that is checked without running it: formatting, lint, types (by
 * Deno, and by `tsc` as Node and Bun users see them), documentation.
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "./support/runtimes.ts";

const BIN = join(ROOT, "node_modules", ".bin");
const ENTRY_POINTS = [
  "mod.ts",
  "src/adapters/deno.ts",
  "src/adapters/node.ts",
  "src/adapters/bun.ts",
];

function run(program: string, args: string[], cwd = ROOT): boolean {
  console.log(`$ ${program} ${args.join(" ")}`);
  const { status } = spawnSync(join(BIN, program), args, {
    cwd,
    stdio: "inherit",
  });
  return status === 0;
}

/**
 * `deno doc` reads no other config than the `deno.json` of its directory, and
 * that one names JSR: so it works on a copy that has the npm door's. One of its
 * complaints cannot be met and is passed over: the exported schemas are of a
 * type of valibot's, which is not ours to export.
 */
function docLint(): boolean {
  const dir = mkdtempSync(join(tmpdir(), "windtunnel-doc-"));
  try {
    for (const name of ["mod.ts", "src", "package.json"]) {
      cpSync(join(ROOT, name), join(dir, name), { recursive: true });
    }
    cpSync(join(ROOT, "deno.npm.json"), join(dir, "deno.json"));
    for (const name of ["node_modules", "npm"]) {
      symlinkSync(join(ROOT, name), join(dir, name));
    }
    console.log(`$ deno doc --lint ${ENTRY_POINTS.join(" ")}`);
    const { stdout, stderr } = spawnSync(
      join(BIN, "deno"),
      ["doc", "--lint", ...ENTRY_POINTS],
      { cwd: dir, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
    );
    const complaints = `${stdout}${stderr}`.split(/^(?=error)/m).filter((
      text,
    ) =>
      text.startsWith("error") &&
      !text.includes("references private type 'GenericSchema'") &&
      !/^error: Found \d+ documentation lint errors?\./.test(text)
    );
    for (const text of complaints) console.error(text);
    return complaints.length === 0;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

const config = "--config=deno.npm.json";
const results = [
  run("deno", ["fmt", "--check", config]),
  run("deno", ["lint", config]),
  run("deno", ["check", config, ...ENTRY_POINTS, "tests/", "bench/"]),
  run("tsc", ["--noEmit"]),
  docLint(),
];
process.exitCode = results.every(Boolean) ? 0 : 1;
