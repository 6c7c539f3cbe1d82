import assert from "node:assert/strict";
import { existsSync, globSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { VERSION } from "../../src/format/version.ts";

const root = new URL("../../", import.meta.url);
const json = async (name: string) =>
  JSON.parse(await readFile(new URL(name, root), "utf8"));

test("VERSION is that of deno.json and package.json", async () => {
  assert.equal((await json("deno.json")).version, VERSION);
  assert.equal((await json("package.json")).version, VERSION);
});

test("deno.json and package.json have the same name and entry points", async () => {
  const [deno, npm] = [await json("deno.json"), await json("package.json")];
  assert.equal(deno.name, npm.name);
  assert.deepEqual(deno.exports, npm.exports);
});

test("CONTRIBUTING.md names every folder in its file map", async () => {
  const page = await readFile(new URL("CONTRIBUTING.md", root), "utf8");
  const map = page.slice(page.indexOf("## Files"));
  for (const name of await readdir(new URL("src/", root))) {
    const shown = name.endsWith(".ts") ? `src/${name}` : `src/${name}/`;
    assert.ok(map.includes(`\`${shown}\``), `${shown} is missing`);
  }
});

const DOCUMENTS = globSync("{*.md,docs/*.md,.github/workflows/*.yml}", {
  cwd: root,
});

test("every task that a document or a workflow names is there", async () => {
  const { scripts } = await json("package.json");
  const { tasks } = await json("deno.json");
  let named = 0;
  for (const file of DOCUMENTS) {
    const text = await readFile(new URL(file, root), "utf8");
    for (const [command, name] of text.matchAll(/npm run ([\w:]+)/g)) {
      assert.ok(name! in scripts, `${file}: ${command}`);
      named++;
    }
    for (const [command, name] of text.matchAll(/deno task ([\w:]+)/g)) {
      assert.ok(name! in tasks, `${file}: ${command}`);
      named++;
    }
  }
  assert.ok(named > 10);
});

test("every file that a document links to is there", async () => {
  for (const file of DOCUMENTS) {
    const text = await readFile(new URL(file, root), "utf8");
    for (const [link, target] of text.matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
      if (/^https?:/.test(target!)) continue;
      const found = new URL(target!, new URL(file, root));
      assert.ok(existsSync(found), `${file}: ${link}`);
    }
  }
});
