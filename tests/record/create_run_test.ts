import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createRun, type CreateRunOptions, type RunWriter } from "../../mod.ts";
import { CREATED_BY } from "../../src/format/version.ts";
import { heldLocks } from "../../src/storage/lock_file.ts";
import { withTempDir } from "../support/temp_dir.ts";

const json = async (path: string) => JSON.parse(await readFile(path, "utf8"));

async function withRun(
  options: CreateRunOptions,
  body: (run: RunWriter) => Promise<void> | void,
): Promise<void> {
  const run = await createRun(options);
  try {
    await body(run);
  } finally {
    await run[Symbol.asyncDispose]();
  }
}

test("createRun() writes the manifest before it resolves", () =>
  withTempDir(async (dir) => {
    const before = Date.now();
    await withRun({
      dir: join(dir, "deep", "runs"),
      run_id: "run_20240115_001",
      sut_name: "ecommerce",
      scenario_ids: ["checkout", "refund"],
      seed: 42,
      config: { concurrency: 10, leftOut: undefined },
    }, async (run) => {
      const path = join(dir, "deep", "runs", "run_20240115_001");
      assert.equal(run.path, path);
      const text = await readFile(join(path, "manifest.json"), "utf8");
      const manifest = JSON.parse(text);
      const { nonce, timestamp } = manifest;
      assert.match(nonce, /^[0-9a-f]{32}$/);
      assert.deepEqual(Object.entries(manifest), [
        ["format_version", 1],
        ["run_id", "run_20240115_001"],
        ["nonce", nonce],
        ["timestamp", timestamp],
        ["sut_name", "ecommerce"],
        ["scenario_ids", ["checkout", "refund"]],
        ["seed", 42],
        ["config", { concurrency: 10 }],
        ["durability", "instance"],
        ["shard", null],
        ["merged_from", []],
        ["created_by", CREATED_BY],
      ]);
      assert.equal(text, JSON.stringify(manifest, null, 2) + "\n");
      assert.match(timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      assert.ok(Math.abs(Date.parse(timestamp) - before) < 60_000);
      assert.deepEqual(run.manifest, manifest);
      const names = (await readdir(path)).sort();
      assert.match(names.pop()!, /^writer-[0-9a-f]{16}\.lock$/);
      assert.deepEqual(names, [
        "artifacts",
        "assertions.jsonl",
        "instances.jsonl",
        "manifest.json",
        "started.jsonl",
        "steps.jsonl",
      ]);
    });
  }));

test("createRun() fills in what is left out", () =>
  withTempDir(async (dir) => {
    await withRun({ dir, sut_name: "shop" }, (run) => {
      const { scenario_ids, seed, config, durability } = run.manifest;
      assert.deepEqual(
        { scenario_ids, seed, config, durability },
        { scenario_ids: [], seed: null, config: {}, durability: "instance" },
      );
    });
  }));

test("createRun() claims the next free run id of the day", () =>
  withTempDir(async (dir) => {
    const runs = await Promise.all(
      Array.from({ length: 12 }, () => createRun({ dir, sut_name: "shop" })),
    );
    const day = runs[0]!.manifest.timestamp.slice(0, 10).replaceAll("-", "");
    const expected = Array.from(
      { length: 12 },
      (_, i) => `run_${day}_${String(i + 1).padStart(3, "0")}`,
    );
    assert.deepEqual(runs.map(({ run_id }) => run_id).sort(), expected);
    await mkdir(join(dir, `run_${day}_040`));
    await mkdir(join(dir, `run_${day}_notes`));
    runs.push(await createRun({ dir, sut_name: "shop" }));
    assert.equal(runs.at(-1)!.run_id, `run_${day}_041`);
    for (const run of runs) await run.finalize();
  }));

test("createRun() refuses a run id that exists, and touches nothing", () =>
  withTempDir(async (dir) => {
    const options = { dir, run_id: "run_1", sut_name: "shop" };
    await withRun(options, (run) => run.finalize().then(() => {}));
    const path = join(dir, "run_1");
    const before = await snapshot(path);
    await assert.rejects(createRun(options), {
      name: "ArtifactError",
      code: "RUN_EXISTS",
      file: path,
    });
    assert.deepEqual(await snapshot(path), before);
    await writeFile(join(dir, "run_2"), "a file");
    await assert.rejects(createRun({ ...options, run_id: "run_2" }), {
      code: "RUN_EXISTS",
    });
  }));

async function snapshot(path: string): Promise<unknown> {
  const names = (await readdir(path, { recursive: true })).sort();
  return Promise.all(names.map(async (name) => {
    const { mtimeMs, size, ino } = await stat(join(path, name));
    return { name, mtimeMs, size, ino };
  }));
}

test("createRun() refuses an unsafe run id, and creates nothing", () =>
  withTempDir(async (dir) => {
    const names = ["../x", "a/b", "", "con", ".hidden", "a".repeat(300)];
    for (const run_id of names) {
      const runs = join(dir, "runs");
      await assert.rejects(
        createRun({ dir: runs, run_id, sut_name: "shop" }),
        { code: "UNSAFE_NAME" },
      );
    }
    await assert.rejects(
      createRun({
        dir: join(dir, "runs"),
        run_id: null as never,
        sut_name: "s",
      }),
      { code: "UNSAFE_NAME" },
    );
    assert.deepEqual(await readdir(dir), []);
  }));

test("createRun() lets go of the lock where the manifest is refused", () =>
  withTempDir(async (dir) => {
    const config = { text: "x".repeat(33 * 1024 * 1024) };
    const held = heldLocks.size;
    await assert.rejects(createRun({ dir, sut_name: "shop", config }), {
      code: "INVALID_OPTION",
      message: /its manifest is longer than .* give a smaller config/,
    });
    assert.equal(heldLocks.size, held);
    assert.deepEqual(await readdir(dir), []);
  }));

test("createRun() refuses an invalid option by name, and creates nothing", () =>
  withTempDir(async (dir) => {
    const invalid: [path: string, options: Record<string, unknown>][] = [
      ["sut_name", { sut_name: undefined }],
      ["sut_name", { sut_name: "" }],
      ["sut_name", { sut_name: 7 }],
      ["scenario_ids", { scenario_ids: "checkout" }],
      ["scenario_ids[1]", { scenario_ids: ["checkout", ""] }],
      ["seed", { seed: 1.5 }],
      ["seed", { seed: {} }],
      ["config", { config: [] }],
      ["nonce", { nonce: "0" }],
      ["durability", { durability: "paranoid" }],
      ["syncArtifacts", { syncArtifacts: "yes" }],
      ["expectedInstances", { expectedInstances: -1 }],
      ["dir", { dir: "" }],
      ["sutname", { sutname: "typo" }],
    ];
    for (const [path, options] of invalid) {
      await assert.rejects(
        createRun({
          dir: join(dir, "runs"),
          sut_name: "shop",
          ...options,
        } as CreateRunOptions),
        (error: { code: string; path: string; message: string }) => {
          assert.equal(error.code, "INVALID_OPTION", error.message);
          assert.equal(error.path, path, error.message);
          assert.ok(error.message.includes(`"${path}"`), error.message);
          return true;
        },
      );
    }
    await assert.rejects(createRun(null as never), { code: "INVALID_OPTION" });
    assert.deepEqual(await readdir(dir), []);
  }));

test("createRun() fails clearly when the directory is a file", () =>
  withTempDir(async (dir) => {
    await writeFile(join(dir, "runs"), "");
    await assert.rejects(
      createRun({ dir: join(dir, "runs"), sut_name: "shop" }),
      { code: "WRITE_FAILED" },
    );
  }));

test("createRun() makes instance ids as wide as the expected count", () =>
  withTempDir(async (dir) => {
    await withRun(
      { dir, sut_name: "shop", expectedInstances: 10_000 },
      async (run) => {
        const instance = run.startInstance({ scenario_id: "s" });
        assert.equal(instance.instance_id, "inst_00001");
        await instance.complete({ passed: true });
      },
    );
    const [name] = await readdir(dir);
    assert.equal((await json(join(dir, name!, "summary.json"))).pass_count, 1);
  }));
