import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { aRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

const SECRET = "hunter2Secret99";
const inJson = JSON.stringify({ password: SECRET });
const PART = "Content-Disposition: form-data; name=password";

/** Requests with a secret in a text that is inside of another text. */
const REQUESTS = {
  "JSON in JSON": { body: JSON.stringify({ a: inJson }) },
  "JSON in a form": { body: `payload=${encodeURIComponent(inJson)}` },
  "JSON in JSON in a form": {
    body: `p=${encodeURIComponent(JSON.stringify({ x: inJson }))}`,
  },
  "a form in JSON": { body: JSON.stringify({ a: `password=${SECRET}` }) },
  "a multipart name without quotes": {
    body: `--X\r\n${PART}\r\n\r\n${SECRET}\r\n--X--\r\n`,
  },
  "the fragment of a URL": { url: `/x#access_token=${SECRET}` },
};

for (const [name, request] of Object.entries(REQUESTS)) {
  test(`a secret is taken out of ${name}`, () =>
    withTempDir(async (dir) => {
      const run = await aRun(dir);
      const one = run.startInstance({ scenario_id: "s" });
      await one.step({ step_name: "a", step_type: "http", request });
      await one.complete();
      await run.finalize();
      await assertGone(run.path);
    }));
}

test("the password of a URL is taken out of errors, their causes and stacks", () =>
  withTempDir(async (dir) => {
    const url = `https://ada:${SECRET}@shop.test/`;
    const error = new Error(`GET ${url} failed`, { cause: new Error(url) });
    error.stack = `Error: ${url}`;
    const run = await aRun(dir);
    await run.startInstance({ scenario_id: "s" }).complete({ error });
    await run.finalize();
    await assertGone(run.path);
    const lines = await readFile(join(run.path, "instances.jsonl"), "utf8");
    assert.match(lines, /GET https:\/\/ada:…@shop.test\/ failed/);
  }));

test("an error about headers does not show them", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    const one = run.startInstance({ scenario_id: "s" });
    const headers = `Authorization: Bearer ${SECRET}`;
    const observation = { headers } as never;
    await assert.rejects(
      one.step({ step_name: "a", step_type: "http", observation }),
      (error: Error) => !error.message.includes(SECRET),
    );
    await run.finalize();
  }));

async function assertGone(path: string): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((entry) => entry.isFile())) {
    const text = await readFile(join(entry.parentPath, entry.name), "utf8");
    assert(!text.includes(SECRET), text);
  }
}
