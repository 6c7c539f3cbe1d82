import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
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
