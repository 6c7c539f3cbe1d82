/**
 * The npm package as its users get it: built, packed, installed into empty
 * projects, and run there, each runtime from its own run of this file.
 */
import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import {
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join, relative } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import { jsonSchema, RECORD_FILES } from "../../src/format/json_schema.ts";
import { type Example, examplesIn } from "../support/examples.ts";
import { command, finish, ROOT, RUNTIME } from "../support/runtimes.ts";

/** The oldest and the newest; the suite itself runs on the one between. */
const NODE_VERSIONS = ["22.18.0", "26.10.0"];
/** The oldest that is supported, and others; the suite itself uses the newest. */
const TYPESCRIPT_VERSIONS = ["5.5.4", "5.9.3"];
/** A body typed by an interface, and a run that is disposed. */
const TYPED =
  `import { createRun, openRun, type StepInput } from "@windtunnel/artifacts";
interface Cart { id: number; note?: string }
export async function record(cart: Cart): Promise<void> {
  await using run = await createRun({ sut_name: "shop" });
  const instance = run.startInstance({ scenario_id: "checkout" });
  const step: StepInput = {
    step_name: "add",
    step_type: "http",
    request: cart,
    observation: { body: cart },
  };
  await instance.step(step);
  // @ts-expect-error A name is a text.
  await instance.step({ step_name: 1, step_type: "http" });
}
export async function read(path: string): Promise<number> {
  const past = await openRun(path);
  let count = 0;
  for await (const { step_index } of past.steps()) count += step_index;
  for await (const { record } of past.follow()) count += record.run_id.length;
  const { artifacts } = await past.instance("inst_001");
  for await (const bytes of artifacts[0]!.stream()) count += bytes.length;
  const reader: ReadableStream<{ passed: boolean }> = past.assertions();
  await reader.cancel();
  return count;
}`;
const CORE_BYTES_MAX = 71_000;
/** What records a run, reads it back and makes it whole again. */
const CORE =
  "{ createRun, openRun, listRuns, recoverRun, resumeRun, verifyRun, ArtifactError }";
const OF_OTHER_RUNTIMES = ["src/adapters/deno.ts", "src/adapters/bun.ts"];
const BIN = join(ROOT, "node_modules", ".bin");

// Deno with JSR alone has neither esbuild nor npm's binaries.
const skip = existsSync(BIN) ? false : "it needs `npm ci`";

let dir: string;
let tarball: string;
let project: string;

before(async () => {
  if (skip) return;
  dir = await mkdtemp(join(tmpdir(), "windtunnel-package-"));
  const [node, args] = command("node", join(ROOT, "tools", "build_npm.ts"), [
    join(dir, "package"),
  ]);
  tarball = (await succeed(node, args)).trim();
  project = await newProject("project");
  await (RUNTIME === "bun"
    ? succeed(process.execPath, ["add", tarball], project)
    : npmInstall(project, tarball));
});
after(async () => {
  if (!skip) await rm(dir, { recursive: true, force: true });
});

/** Runs a program that must not fail, and gives its output. */
async function succeed(program: string, args: string[], cwd = ROOT) {
  const { code, stdout, stderr } = await finish(program, args, cwd);
  assert.equal(code, 0, `${program} ${args.join(" ")}\n${stdout}${stderr}`);
  return stdout;
}

/** Compiles the TypeScript of a project, strictly and with its declarations. */
async function typeCheck(
  tsc: string,
  cwd: string,
  options: Record<string, unknown>,
): Promise<void> {
  const compilerOptions = {
    ...options,
    moduleDetection: "force",
    typeRoots: [join(ROOT, "node_modules", "@types")],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  await writeFile(
    join(cwd, "tsconfig.json"),
    JSON.stringify({ compilerOptions, include: ["*.ts"] }),
  );
  await succeed(tsc, ["-p", cwd], cwd);
}

async function newProject(name: string): Promise<string> {
  const path = join(dir, name);
  await mkdir(path);
  await writeFile(join(path, "package.json"), '{"type":"module"}');
  return path;
}

async function npmInstall(cwd: string, what: string): Promise<void> {
  await succeed(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", what],
    cwd,
  );
}

/** A Node of that version, kept until the next `npm ci`. */
async function nodeOf(version: string): Promise<string> {
  const home = join(ROOT, "node_modules", ".cache", `node-${version}`);
  const node = join(home, "node_modules", ".bin", "node");
  if (!existsSync(node)) {
    const path = await newProject(`node-${version}`);
    await npmInstall(path, `node@${version}`);
    await mkdir(join(home, ".."), { recursive: true });
    await cp(path, home, { recursive: true, verbatimSymlinks: true });
  }
  assert.equal((await succeed(node, ["--version"])).trim(), `v${version}`);
  return node;
}

/** The compiler of that version, kept until the next `npm ci`. */
async function typescriptOf(version: string): Promise<string> {
  const home = join(ROOT, "node_modules", ".cache", `typescript-${version}`);
  const tsc = join(home, "node_modules", ".bin", "tsc");
  if (!existsSync(tsc)) {
    const path = await newProject(`compiler-${version}`);
    await npmInstall(path, `typescript@${version}`);
    await mkdir(join(home, ".."), { recursive: true });
    await cp(path, home, { recursive: true, verbatimSymlinks: true });
  }
  return tsc;
}

async function writeExamples(
  cwd: string,
  wanted = (_code: string) => true,
  sources: string[] = [`src/adapters/${RUNTIME}.ts`],
): Promise<Example[]> {
  const files = [
    "README.md",
    ...globSync("docs/*.md", { cwd: ROOT }),
    "mod.ts",
    ...sources,
  ];
  const examples = (await Promise.all(files.map(examplesIn))).flat()
    .filter(({ code }) => wanted(code));
  assert.ok(examples.length >= 4);
  for (const [i, { code }] of examples.entries()) {
    await writeFile(join(cwd, `example_${i}.ts`), code);
  }
  return examples;
}

/** Runs the examples, or those of them that are number `part` of `parts`. */
async function runExamples(
  program: string,
  args: string[],
  [part, parts] = [0, 1],
): Promise<void> {
  const examples = await writeExamples(project);
  for (const [i, { name }] of examples.entries()) {
    if (i % parts !== part) continue;
    for (const left of ["runs", "bug_4711"]) {
      await rm(join(project, left), { recursive: true, force: true });
    }
    const { code, stderr } = await finish(
      program,
      [...args, `example_${i}.ts`],
      project,
    );
    assert.equal(stderr, "", name);
    assert.equal(code, 0, name);
    assert.ok(existsSync(join(project, "runs")), name);
  }
}

test(
  `the examples run from the installed package on ${RUNTIME}`,
  { skip },
  // From the sources, tests/docs/examples_test.ts runs all of them.
  () =>
    runExamples(
      process.execPath,
      // What the adapter of Deno asks for; that of Node would ask for more. The
      // net is for the services that examples start.
      RUNTIME === "deno"
        ? [
          "run",
          "--no-check",
          "--no-prompt",
          "--allow-read=.",
          "--allow-write=.",
          "--allow-net=127.0.0.1",
        ]
        : [],
      [["node", "deno", "bun"].indexOf(RUNTIME), 3],
    ),
);

const { bin = {} } = JSON.parse(
  await readFile(join(ROOT, "package.json"), "utf8"),
);
for (const name of Object.keys(bin)) {
  test(
    `"${name}" runs from the installed package on ${RUNTIME}`,
    { skip },
    async () => {
      const home = join(project, "node_modules");
      const flags = RUNTIME === "deno" ? ["run", "--allow-all"] : [];
      const program = RUNTIME === "node"
        ? [join(home, ".bin", name)]
        : [process.execPath, ...flags, join(home, ".bin", name)];
      const [first, ...rest] = [...program, "schema", "steps"];
      assert.deepEqual(
        JSON.parse(await succeed(first!, rest, project)),
        jsonSchema("steps"),
      );
    },
  );
}

test(`every entry point loads on ${RUNTIME}`, { skip }, async () => {
  const { exports } = JSON.parse(
    await readFile(join(ROOT, "package.json"), "utf8"),
  );
  const names = Object.keys(exports).filter((subpath) =>
    subpath !== "./cli" &&
    (!["./deno", "./bun"].includes(subpath) || subpath === `./${RUNTIME}`)
  ).map((subpath) => `@windtunnel/artifacts${subpath.slice(1)}`);
  assert.ok(names.length > 9);
  await writeFile(
    join(project, "doors.ts"),
    names.map((name) =>
      `if (!Object.keys(await import("${name}")).length) throw "${name}";\n`
    ).join(""),
  );
  const flags = RUNTIME === "deno" ? ["run", "--no-check"] : [];
  await succeed(process.execPath, [...flags, "doors.ts"], project);
});

if (RUNTIME === "node") {
  for (const [i, version] of NODE_VERSIONS.entries()) {
    test(`the examples run from the installed package on Node ${version}`, async () =>
      await runExamples(await nodeOf(version), [], [i, 3]));
  }

  const settings = {
    nodenext: { lib: ["esnext"], types: ["node"] },
    bundler: { lib: ["esnext", "dom"], types: [] },
  };
  // TypeScript's own types of the web do not know this yet, or never will.
  const unknownToDom = ["ReadableStream.from(", '"node:'];
  for (const [resolution, options] of Object.entries(settings)) {
    test(`the package is well typed under "${resolution}"`, async () => {
      const cwd = await newProject(resolution);
      await symlink(
        join(project, "node_modules"),
        join(cwd, "node_modules"),
      );
      await writeExamples(
        cwd,
        (code) =>
          resolution !== "bundler" ||
          !unknownToDom.some((text) => code.includes(text)),
        globSync("src/**/*.ts", { cwd: ROOT, exclude: OF_OTHER_RUNTIMES }),
      );
      await writeFile(
        join(cwd, "wrong.ts"),
        `import { createRun } from "@windtunnel/artifacts";
// @ts-expect-error A name is a string.
await createRun({ sut_name: 1 });`,
      );
      await typeCheck(join(BIN, "tsc"), cwd, {
        ...options,
        target: "esnext",
        module: resolution === "bundler" ? "esnext" : resolution,
        moduleResolution: resolution,
      });
    });
  }

  for (const version of TYPESCRIPT_VERSIONS) {
    test(`the package is well typed for TypeScript ${version}`, async () => {
      const tsc = await typescriptOf(version);
      const cwd = await newProject(`typescript-${version}`);
      await symlink(join(project, "node_modules"), join(cwd, "node_modules"));
      await writeFile(join(cwd, "typed.ts"), TYPED);
      for (
        const { types, ...options } of [
          {
            lib: ["es2022", "dom"],
            types: [],
            exactOptionalPropertyTypes: true,
          },
          {
            lib: ["es2022"],
            types: ["node"],
            exactOptionalPropertyTypes: false,
          },
        ]
      ) {
        // The types of Node are written for newer compilers than the oldest.
        if (types.length > 0 && version === TYPESCRIPT_VERSIONS[0]) continue;
        if (types.length > 0) {
          const [shown] = await examplesIn("README.md");
          await writeFile(join(cwd, "readme.ts"), shown!.code);
        }
        await typeCheck(tsc, cwd, {
          ...options,
          types,
          target: "es2022",
          module: "esnext",
          moduleResolution: "bundler",
        });
      }
    });
  }

  test("publint finds nothing wrong", async () =>
    void await succeed(join(BIN, "publint"), [tarball, "--strict"]));

  test("attw finds nothing wrong", async () =>
    void await succeed(join(BIN, "attw"), [tarball, "--profile", "esm-only"]));

  test("the package has its files and no other, and names what it imports", async () => {
    const home = join(project, "node_modules", "@windtunnel", "artifacts");
    assert.deepEqual((await readdir(home)).sort(), [
      "CHANGELOG.md",
      "CONTRIBUTING.md",
      "LICENSE",
      "README.md",
      "THIRD_PARTY_LICENSES.md",
      "dist",
      "docs",
      "package.json",
      "schemas",
    ]);
    for (const file of RECORD_FILES) {
      const schema = await readFile(join(home, "schemas", `${file}.json`));
      assert.deepEqual(JSON.parse(`${schema}`), jsonSchema(file));
    }
    for (const file of globSync("{*.md,docs/*.md}", { cwd: home })) {
      const text = await readFile(join(home, file), "utf8");
      for (const [link, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
        if (/^https?:/.test(target!)) continue;
        const found = join(home, dirname(file), target!);
        assert.ok(existsSync(found), `${file}: ${link} leads nowhere`);
      }
    }
    const imported = new Set<string>();
    for (const file of globSync("dist/**/*.js", { cwd: home })) {
      const code = await readFile(join(home, file), "utf8");
      for (
        const [, name] of code.matchAll(
          /(?:^(?:import|\}).*|\bimport\()"([^"]+)"(?:;$|\))/gm,
        )
      ) {
        if (/^(?:\.|node:|#runtime$)/.test(name!)) continue;
        imported.add(name!.match(/^(?:@[^/]+\/)?[^/]+/)![0]);
      }
    }
    const { dependencies } = JSON.parse(
      await readFile(join(home, "package.json"), "utf8"),
    );
    assert.ok(imported.has("valibot"));
    assert.deepEqual(
      [...imported].sort(),
      Object.keys(dependencies).sort(),
    );
  });

  /** What is loaded at once, minified and gzipped, without valibot. */
  const sizeOf = async (
    names: string,
    entryPoint = "@windtunnel/artifacts",
  ) => {
    const { build } = await import("esbuild");
    const { outputFiles, metafile } = await build({
      stdin: {
        contents: `export ${names} from "${entryPoint}"`,
        resolveDir: project,
      },
      bundle: true,
      minify: true,
      format: "esm",
      platform: "node",
      external: ["valibot"],
      splitting: true,
      outdir: project,
      absWorkingDir: project,
      metafile: true,
      write: false,
    });
    const loaded = new Set<string>();
    const load = (name: string) => {
      if (loaded.has(name)) return;
      loaded.add(name);
      for (const { path, kind } of metafile.outputs[name]!.imports) {
        if (kind === "import-statement" && path in metafile.outputs) load(path);
      }
    };
    load("stdin.js");
    const chunks = outputFiles.filter(({ path }) =>
      loaded.has(basename(path)) || loaded.has(relative(project, path))
    );
    const text = chunks.map(({ text }) => text).join("\n");
    // The condition "node" leaves the other adapters out.
    assert.match(text, /node:fs/);
    assert.doesNotMatch(text, /Deno\.open/);
    return gzipSync(text, { level: 9 }).length;
  };

  test(`the core is under ${CORE_BYTES_MAX} bytes`, async (t) => {
    const core = await sizeOf(CORE);
    t.diagnostic(`${core} bytes, ${await sizeOf("*")} with all there is`);
    assert.ok(core < CORE_BYTES_MAX, `${core}`);
  });
  test("a bundle that only reads loads less than half", async (t) => {
    const read = await sizeOf("*", "@windtunnel/artifacts/read");
    const all = await sizeOf("*");
    t.diagnostic(`${read} bytes of ${all}`);
    assert.ok(read < all / 2, `${read} of ${all}`);
  });
}
