/**
 * Builds the npm package: `npm run build:npm`, or `node tools/build_npm.ts
 * <new folder>`.
 *
 * The sources name `jsr:@std/*`, which npm does not have, so esbuild puts that
 * code into the package (`deno pack` would leave it out); the types come from
 * tsc. The tarball is what `npm publish` takes.
 */
import { spawnSync } from "node:child_process";
import {
  cpSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { jsonSchema, RECORD_FILES } from "../src/format/json_schema.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const DENO_JSON = JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8"));
const PACKAGE_JSON = JSON.parse(
  readFileSync(join(ROOT, "package.json"), "utf8"),
);
/** What JSR and npm users alike get from npm: name to range. */
const FROM_NPM: Record<string, string> = Object.fromEntries(
  Object.entries<string>(DENO_JSON.imports)
    .filter(([, target]) => target.startsWith("npm:"))
    .map(([name, target]) => [name, target.slice(`npm:${name}@`.length)]),
);
/** Runtimes with an adapter of their own: conditions of `imports`, in order. */
const RUNTIMES = ["deno", "bun", "node"];
/** Fields of this repository's package.json that the package has too. */
const KEPT = [
  "name",
  "version",
  "description",
  "keywords",
  "license",
  "repository",
  "type",
  "engines",
];
const NOTICE = "THIRD_PARTY_LICENSES.md";

/**
 * Where the core asks for the adapter of this runtime, the package asks by
 * condition: a bundler for Node leaves the others out. A runtime that knows
 * none of the conditions is asked who it is, as in the sources.
 */
const adapterByCondition: Plugin = {
  name: "adapter by condition",
  setup({ onResolve, onLoad }) {
    onResolve(
      { filter: /\/runtime\.ts$/ },
      ({ kind }) =>
        kind === "entry-point"
          ? undefined
          : { path: "#runtime", external: true },
    );
    onResolve({ filter: /^runtime:/ }, ({ path }) => ({
      path: path.slice("runtime:".length),
      namespace: "runtime",
    }));
    onLoad({ filter: /.*/, namespace: "runtime" }, ({ path }) => ({
      contents: `import { fileSystem } from "./src/adapters/${path}.ts";
export const runtimeFileSystem = () => Promise.resolve(fileSystem);`,
      resolveDir: ROOT,
    }));
  },
};

/** Writes the code, and says which packages it imports. */
async function buildCode(dir: string): Promise<string[]> {
  const entries: Record<string, string> = {
    runtime: "src/adapters/runtime.ts",
    mod: DENO_JSON.exports["."],
  };
  for (const [subpath, source] of Object.entries<string>(DENO_JSON.exports)) {
    if (subpath !== ".") entries[basename(subpath)] = source;
  }
  for (const name of RUNTIMES) entries[`runtime_${name}`] = `runtime:${name}`;
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: entries,
    outdir: join(dir, "dist"),
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    format: "esm",
    target: "es2022",
    platform: "node",
    sourcemap: true,
    external: Object.keys(FROM_NPM),
    metafile: true,
    plugins: [adapterByCondition],
    legalComments: "inline",
    logLevel: "warning",
  });
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) =>
    imports.map(({ path }) => path)
  );
  return Object.keys(FROM_NPM).filter((name) =>
    imported.some((path) => path === name || path.startsWith(`${name}/`))
  );
}

function buildTypes(dir: string): void {
  run(process.execPath, [
    join(ROOT, "node_modules", "typescript", "bin", "tsc"),
    "--noEmit",
    "false",
    "--emitDeclarationOnly",
    "--outDir",
    join(dir, "dist", "types"),
  ], ROOT);
  // TypeScript before 5.7 does not know that arrays of bytes are generic.
  for (
    const file of globSync("**/*.d.ts", { cwd: join(dir, "dist", "types") })
  ) {
    const path = join(dir, "dist", "types", file);
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      text.replaceAll("Uint8Array<ArrayBuffer>", "Uint8Array"),
    );
  }
  // A run writer is AsyncDisposable, which libraries before "esnext" do not know.
  const entry = join(dir, "dist", "types", "mod.d.ts");
  const types = readFileSync(entry, "utf8");
  writeFileSync(entry, `/// <reference lib="esnext.disposable" />\n${types}`);
}

function packageJson(dependencies: string[]): object {
  const exports: Record<string, unknown> = {};
  for (const [subpath, source] of Object.entries<string>(DENO_JSON.exports)) {
    const file = subpath === "." ? "mod" : basename(subpath);
    exports[subpath] = {
      types: `./dist/types/${source.slice(2).replace(/\.ts$/, ".d.ts")}`,
      default: `./dist/${file}.js`,
    };
  }
  exports["./schemas/*.json"] = "./schemas/*.json";
  exports["./package.json"] = "./package.json";
  const runtimes = RUNTIMES.map((name) => [name, `./dist/runtime_${name}.js`]);
  return {
    ...Object.fromEntries(KEPT.map((key) => [key, PACKAGE_JSON[key]])),
    exports,
    imports: {
      "#runtime": {
        ...Object.fromEntries(runtimes),
        default: "./dist/runtime.js",
      },
    },
    bin: PACKAGE_JSON.bin && Object.fromEntries(
      Object.keys(PACKAGE_JSON.bin).map((name) => [name, "dist/cli.js"]),
    ),
    sideEffects: ["./dist/cli.js"],
    dependencies: Object.fromEntries(
      dependencies.map((name) => [name, FROM_NPM[name]]),
    ),
    files: [
      "dist",
      "schemas",
      "docs",
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      NOTICE,
    ],
  };
}

function run(program: string, args: string[], cwd: string): string {
  const { status, stdout, error } = spawnSync(program, args, {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
    shell: process.platform === "win32", // npm is a .cmd file there.
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`"${program}" failed:\n${stdout}`);
  return stdout;
}

const home = join(ROOT, "dist", "npm");
rmSync(home, { recursive: true, force: true });
const dir = process.argv[2] ?? home;
mkdirSync(join(dir, "schemas"), { recursive: true });
const dependencies = await buildCode(dir);
buildTypes(dir);
for (const file of RECORD_FILES) {
  writeFileSync(
    join(dir, "schemas", `${file}.json`),
    JSON.stringify(jsonSchema(file), null, 2) + "\n",
  );
}
for (const name of ["README.md", "CHANGELOG.md", "LICENSE"]) {
  cpSync(join(ROOT, name), join(dir, name));
}
cpSync(join(ROOT, "docs"), join(dir, "docs"), { recursive: true });
cpSync(join(ROOT, "CONTRIBUTING.md"), join(dir, "CONTRIBUTING.md"));
cpSync(join(ROOT, "npm", NOTICE), join(dir, NOTICE));
writeFileSync(
  join(dir, "package.json"),
  JSON.stringify(packageJson(dependencies), null, 2) + "\n",
);
const tarball = run("npm", ["pack", "--silent"], dir).trim();
console.log(join(dir, tarball));
