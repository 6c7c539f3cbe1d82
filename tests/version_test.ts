import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { VERSION } from "../src/version.ts";

const root = new URL("../", import.meta.url);
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

test("README.md names every source file in its file map", async () => {
  const readme = await readFile(new URL("README.md", root), "utf8");
  const map = readme.slice(readme.indexOf("## Files"));
  for (const name of await readdir(new URL("src/", root))) {
    const shown = name.endsWith(".ts") ? `src/${name}` : `src/${name}/`;
    assert.ok(map.includes(`\`${shown}\``), `${shown} is missing`);
  }
});
