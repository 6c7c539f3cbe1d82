import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { findRun } from "../../src/cli/find_run.ts";
import { CliError } from "../../src/cli/exit_codes.ts";
import { recordRun } from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** Records a run and changes fields of its manifest. */
async function recordAt(dir: string, run_id: string, timestamp: string) {
  const path = await recordRun(dir, [{}], { run_id });
  await changeManifest(path, { timestamp });
  return path;
}

async function changeManifest(path: string, fields: object): Promise<void> {
  const file = join(path, "manifest.json");
  const manifest = JSON.parse(await readFile(file, "utf8"));
  await writeFile(file, JSON.stringify({ ...manifest, ...fields }));
}

test("findRun() takes latest for the run that was started last", () =>
  withTempDir(async (dir) => {
    await recordAt(dir, "c", "2024-01-01T00:00:00.000Z");
    await recordAt(dir, "a", "2024-01-03T00:00:00.000Z");
    await recordAt(dir, "b", "2024-01-03T00:00:00.000Z");
    assert.deepEqual(await findRun("latest", dir), {
      path: join(dir, "b"),
      name: "b",
    });
    assert.deepEqual(await findRun("c", dir), {
      path: join(dir, "c"),
      name: "c",
    });
  }));

test("findRun() takes a damaged run for the latest one, but none without a manifest that it can read", () =>
  withTempDir(async (dir) => {
    const damaged = await recordAt(dir, "b", "2024-01-02T00:00:00.000Z");
    await writeFile(join(damaged, "summary.json"), "{");
    await recordAt(dir, "a", "2024-01-01T00:00:00.000Z");
    const newer = await recordAt(dir, "c", "2024-01-03T00:00:00.000Z");
    await changeManifest(newer, { format_version: 2 });
    await mkdir(join(dir, "not_a_run"));
    await mkdir(join(dir, "pipe", "manifest.json"), { recursive: true });
    assert.equal((await findRun("latest", dir)).name, "b");
  }));

test("findRun() suggests the closest id", () =>
  withTempDir(async (dir) => {
    await recordRun(dir, [], { run_id: "nightly" });
    await assert.rejects(findRun("nigthly", dir), (error) => {
      assert.ok(error instanceof CliError);
      assert.equal(error.advice, 'Did you mean "nightly"?');
      return true;
    });
  }));
