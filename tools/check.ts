/**
 * Everything that is checked without running it: formatting, lint, types (by
 * Deno, and by `tsc` as Node and Bun users see them), documentation, and what
 * JSR asks of a package.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { ROOT } from "../tests/support/runtimes.ts";

const BIN = join(ROOT, "node_modules", ".bin");
const DENO_JSON = readJson("deno.json");
const ENTRY_POINTS: string[] = Object.values(DENO_JSON.exports);

function run(program: string, args: string[], cwd = ROOT): boolean {
  console.log(`$ ${program} ${args.join(" ")}`);
  const { status } = spawnSync(join(BIN, program), args, {
    cwd,
    stdio: "inherit",
  });
  return status === 0;
}

function readJson(path: string) {
  return JSON.parse(readFileSync(join(ROOT, path), "utf8"));
}

/**
 * A copy of the package as JSR would get it, for commands that read no other
 * config than the `deno.json` of their directory. `jsr:@std/*` is out of reach
 * here: the imports go to the stand-ins instead, and those to npm.
 */
function jsrCopy(dir: string): void {
  for (const name of [...DENO_JSON.publish.include, "npm/std"]) {
    cpSync(join(ROOT, name), join(dir, name), { recursive: true });
  }
  const imports: Record<string, string> = {};
  for (const [name, target] of Object.entries<string>(DENO_JSON.imports)) {
    if (!target.startsWith("jsr:")) {
      imports[name] = target;
      continue;
    }
    const folder = `npm/${name.slice(1)}`; // npm/std/path for @std/path
    const exports: Record<string, { default: string; types: string }> =
      readJson(`${folder}/package.json`).exports;
    for (const [subpath, { default: file, types }] of Object.entries(exports)) {
      const path = join(folder, file);
      imports[name + subpath.slice(1)] = `./${path}`;
      const code = readFileSync(join(ROOT, path), "utf8");
      writeFileSync(join(dir, path), `// @ts-self-types="${types}"\n${code}`);
    }
  }
  const { "deno-std": version } = readJson("package.json").devDependencies;
  imports["deno-std"] = `npm:deno-std@${version}`;
  const publish = { include: [...DENO_JSON.publish.include, "npm/std"] };
  writeFileSync(
    join(dir, "deno.json"),
    JSON.stringify({ ...DENO_JSON, imports, publish }),
  );
}

/**
 * One complaint of `deno doc --lint` cannot be met and is passed over: the
 * exported schemas are of a type of valibot's, which is not ours to export.
 */
function docLint(cwd: string): boolean {
  console.log(`$ deno doc --lint ${ENTRY_POINTS.join(" ")}`);
  const { stdout, stderr } = spawnSync(
    join(BIN, "deno"),
    ["doc", "--lint", ...ENTRY_POINTS],
    { cwd, encoding: "utf8", env: { ...process.env, NO_COLOR: "1" } },
  );
  const complaints = `${stdout}${stderr}`.split(/^(?=error)/m).filter((text) =>
    text.startsWith("error") &&
    !text.includes("references private type 'GenericSchema'") &&
    !/^error: Found \d+ documentation lint errors?\./.test(text)
  );
  for (const text of complaints) console.error(text);
  return complaints.length === 0;
}

const config = "--config=deno.npm.json";
const jsr = mkdtempSync(join(tmpdir(), "windtunnel-jsr-"));
try {
  jsrCopy(jsr);
  const results = [
    run("deno", ["fmt", "--check", config]),
    run("deno", ["lint", config]),
    run("deno", [
      "check",
      config,
      ...ENTRY_POINTS,
      "tests/",
      "bench/",
      ...globSync("tools/*.ts", { cwd: ROOT }),
    ]),
    run("tsc", ["--noEmit"]),
    // A page knows the browser, and neither Deno nor Node.
    run("tsc", ["--noEmit", "-p", "tools/report_page"]),
    docLint(jsr),
    // Slow types, specifiers, file names: all but the upload.
    run("deno", ["publish", "--dry-run", "--allow-dirty", "--quiet"], jsr),
  ];
  process.exitCode = results.every(Boolean) ? 0 : 1;
} finally {
  rmSync(jsr, { recursive: true, force: true });
}
