/** The examples in documents and in doc comments run as they stand. */
import assert from "node:assert/strict";
import { globSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { examplesIn } from "../support/examples.ts";
import { command, finish, ROOT, RUNTIME } from "../support/runtimes.ts";
import { withTempDir } from "../support/temp_dir.ts";

const PACKAGE = "@windtunnel/artifacts";
const ENTRY_POINTS: Record<string, string> = JSON.parse(
  await readFile(join(ROOT, "package.json"), "utf8"),
).exports;

// The example of an adapter runs on its own runtime.
const others = ["deno", "bun", "node"].filter((name) => name !== RUNTIME);
const isForeign = (file: string) =>
  others.some((name) => file.endsWith(`adapters/${name}.ts`));

const files = [
  "README.md",
  ...globSync("docs/*.md", { cwd: ROOT }),
  "mod.ts",
  ...globSync("src/**/*.ts", { cwd: ROOT }),
];
const examples = (await Promise.all(
  files.filter((file) => !isForeign(file)).sort().map(examplesIn),
)).flat();

/** What an example says that it prints: `console.log(…); // this`. */
function saidIn(code: string): string[] {
  return [...code.matchAll(/console\.log\(.*\); \/\/ (.+)$/gm)]
    .map(([, said]) => said!);
}

/** Runtimes print values with other spaces, commas and quotes. */
const plain = (text: string) =>
  text.replaceAll(/['"]/g, "").replaceAll(/[\s,]+/g, " ").trim();

test("there are examples", () => assert.ok(examples.length >= 6));

for (const { name, code } of examples) {
  test(`${name} runs on ${RUNTIME}`, () =>
    withTempDir(async (dir) => {
      const own = (specifier: string) =>
        pathToFileURL(join(ROOT, specifier)).href;
      const program = code
        .replaceAll(`"${PACKAGE}"`, `"${own("mod.ts")}"`)
        .replaceAll(
          new RegExp(`"${PACKAGE}/(\\w+)"`, "g"),
          (_, subpath) => `"${own(ENTRY_POINTS[`./${subpath}`]!)}"`,
        );
      const file = join(dir, "example.ts");
      await writeFile(file, program);
      await writeFile(join(dir, "package.json"), '{"type":"module"}');
      const [binary, args] = command(RUNTIME, file);
      const { code: exit, stdout, stderr } = await finish(binary, args, dir);
      assert.equal(stderr, "");
      assert.equal(exit, 0);
      for (const said of saidIn(code)) {
        assert.ok(plain(stdout).includes(plain(said)), `${said}: ${stdout}`);
      }
    }));
}
