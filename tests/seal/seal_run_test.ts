/** The seal of a run: what was changed after its end is found. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  unlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  openRun,
  recoverRun,
  resumeRun,
  type VerificationCode,
  verifyRun,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import { runPaths } from "../../src/format/layout.ts";
import { sealRun } from "../../src/seal/mod.ts";
import { chance } from "../support/chance.ts";
import { aRun, recordInstance } from "../support/run_builder.ts";
import { ownCount } from "../support/share.ts";
import { withTempDir } from "../support/temp_dir.ts";

const FLIPS = ownCount(Number(process.env.SEAL_FLIPS ?? 400));

/** A run of three instances, of which one is open, with artifacts. */
async function record(dir: string): Promise<string> {
  const run = await aRun(dir, { scenario_ids: ["checkout", "refund"] });
  for (const passed of [true, false, true]) {
    const one = await recordInstance(run, {
      scenario_id: passed ? "checkout" : "refund",
      entry_data: { user: 7, note: "é🛒" },
      steps: [1, 2].map((index) => ({
        observation: { ok: passed, latency_ms: 12.5 * index, body: { index } },
        request: { method: "POST", url: "/orders", body: { index } },
        response: { status_code: 201, body: { total: 300 } },
      })),
      assertions: [{ passed, actual: { total: 300 } }],
      completion: false,
    });
    await one.artifact("page.txt", `the page of ${one.instance_id}`);
    await one.complete();
  }
  await recordInstance(run, { steps: [{}], completion: false });
  await run.finalize();
  return run.path;
}

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name)).sort();
}

async function codesOf(path: string): Promise<VerificationCode[]> {
  const { ok, problems } = await verifyRun(path);
  assert.equal(ok, problems.length === 0);
  return problems.map(({ code }) => code);
}

test("the hashes are those that other tools compute", () =>
  withTempDir(async (dir) => {
    const path = await record(dir);
    const files = (await openRun(path)).summary!.files;
    for (const [name, seal] of Object.entries(files)) {
      if (name === "artifacts") continue;
      const content = await readFile(join(path, name));
      assert.deepEqual(seal, {
        bytes: content.length,
        lines: content.toString().split("\n").length - 1,
        sha256: createHash("sha256").update(content).digest("hex"),
      }, name);
    }
    let sum = 0n;
    let bytes = 0;
    const artifacts = await filesOf(join(path, "artifacts"));
    for (const file of artifacts) {
      const content = await readFile(file);
      bytes += content.length;
      const hash = createHash("sha256").update(content).digest("hex");
      const name = file.slice(join(path, "artifacts").length + 1)
        .replaceAll("\\", "/");
      const entry = createHash("sha256").update(`${name}\n${hash}`);
      sum += BigInt(`0x${entry.digest("hex")}`);
    }
    assert.deepEqual(files.artifacts, {
      files: artifacts.length,
      bytes,
      sha256: (sum % 2n ** 256n).toString(16).padStart(64, "0"),
    });
    assert.deepEqual(
      files,
      await sealRun(await runtimeFileSystem(), runPaths(path)),
    );
    const { seal } = await verifyRun(path);
    const summary = await readFile(join(path, "summary.json"));
    assert.equal(seal, createHash("sha256").update(summary).digest("hex"));
  }));

test(`each of ${FLIPS} random bit flips is found`, () =>
  withTempDir(async (dir) => {
    const path = await record(dir);
    assert.deepEqual(await codesOf(path), []);
    const files = await filesOf(path);
    for (let flip = 0; flip < FLIPS; flip++) {
      const file = chance.pick(files);
      const content = await readFile(file);
      const changed = Uint8Array.from(content);
      const at = chance.below(changed.length);
      changed[at]! ^= 1 << chance.below(8);
      await writeFile(file, changed);
      const codes = await codesOf(path);
      assert.notDeepEqual(codes, [], `${file}: byte ${at} is ${changed[at]}`);
      await writeFile(file, content);
    }
    assert.deepEqual(await codesOf(path), []);
  }));

/** Changes that leave every file in good form; all counts are set right. */
const EDITS: [what: string, edit: (path: string) => Promise<void>][] = [
  [
    "an instance that never completed is removed",
    (path) => rm(join(path, "started.jsonl")),
  ],
  ["an instance is removed, and its counts", async (path) => {
    await change(
      path,
      "instances.jsonl",
      (text) => text.slice(text.indexOf("\n") + 1),
    );
    await change(
      path,
      "summary.json",
      (text) =>
        text.replaceAll('"total_instances": 3', '"total_instances": 2')
          .replaceAll(
            '"total_instances": 2,\n      "pass_count": 2',
            '"total_instances": 1,\n      "pass_count": 1',
          )
          .replace('"pass_count": 2', '"pass_count": 1')
          .replace(/"pass_rate": [\d.]+/, '"pass_rate": 50'),
    );
  }],
  [
    "the ids of two instances are swapped",
    (path) =>
      change(
        path,
        "instances.jsonl",
        (text) =>
          text.replaceAll(
            /inst_00[13]/g,
            (id) => id === "inst_001" ? "inst_003" : "inst_001",
          ),
      ),
  ],
  ["a verdict is changed, and the counts", async (path) => {
    await change(
      path,
      "instances.jsonl",
      (text) => text.replace('"passed":false', '"passed":true'),
    );
    await change(
      path,
      "assertions.jsonl",
      (text) => text.replace('"passed":false', '"passed":true'),
    );
    await change(
      path,
      "summary.json",
      (text) =>
        text.replaceAll('"pass_count": 2', '"pass_count": 3')
          .replaceAll('"fail_count": 1', '"fail_count": 0')
          .replaceAll('"pass_count": 0', '"pass_count": 1')
          .replace('"assertions_passed": 2', '"assertions_passed": 3')
          .replace('"assertions_failed": 1', '"assertions_failed": 0')
          .replace(/"pass_rate": [\d.]+/, '"pass_rate": 100'),
    );
  }],
  [
    "a body is changed",
    (path) =>
      change(
        path,
        "steps.jsonl",
        (text) => text.replace('"index":1', '"index":7'),
      ),
  ],
  ["a line is moved", (path) =>
    change(path, "steps.jsonl", (text) => {
      const [first, ...rest] = text.split("\n").slice(0, -1);
      return [...rest, first].join("\n") + "\n";
    })],
  [
    "an artifact is changed",
    (path) =>
      change(
        path,
        "artifacts/inst_001/page.txt",
        (text) => text.replace("page", "Page"),
      ),
  ],
  ["two artifacts are swapped", async (path) => {
    const [a, b, aside] = ["inst_001/page.txt", "inst_003/page.txt", "x"]
      .map((name) => join(path, "artifacts", name)) as [string, string, string];
    await rename(a, aside);
    await rename(b, a);
    await rename(aside, b);
  }],
  ["a response becomes that of another step", async (path) => {
    const dir = join(path, "artifacts", "inst_001");
    await writeFile(
      join(dir, "step_001_response.json"),
      await readFile(join(dir, "step_002_request.json")),
    );
  }],
  ["an artifact is renamed", (path) =>
    rename(
      join(path, "artifacts", "inst_001", "page.txt"),
      join(path, "artifacts", "inst_001", "other.txt"),
    )],
  [
    "an artifact is removed",
    (path) => unlink(join(path, "artifacts", "inst_001", "page.txt")),
  ],
  [
    "an artifact is added",
    (path) => writeFile(join(path, "artifacts", "inst_001", "new.txt"), "new"),
  ],
  ["an artifact is added to no instance", async (path) => {
    await mkdir(join(path, "artifacts", "inst_009"));
    await writeFile(join(path, "artifacts", "inst_009", "new.txt"), "new");
  }],
  [
    "the config is changed",
    (path) =>
      change(
        path,
        "manifest.json",
        (text) => text.replace('"config": {}', '"config": {"a":1}'),
      ),
  ],
];

async function change(
  path: string,
  name: string,
  edit: (text: string) => string,
): Promise<void> {
  const file = join(path, name);
  const text = await readFile(file, "utf8");
  assert.notEqual(edit(text), text, name);
  await writeFile(file, edit(text));
}

for (const [what, edit] of EDITS) {
  test(`the seal is broken where ${what}`, () =>
    withTempDir(async (dir) => {
      const path = await record(dir);
      await edit(path);
      const codes = await codesOf(path);
      assert.ok(codes.includes("SEAL_BROKEN"), codes.join());
    }));
}

test("a whole run that was changed and sealed anew is not the one that was noted", () =>
  withTempDir(async (dir) => {
    const path = await record(dir);
    const { seal } = await verifyRun(path);
    assert.ok(seal);
    const held = await verifyRun(path, { expectedSeal: seal.toUpperCase() });
    assert.equal(held.ok, true);
    await change(
      path,
      "steps.jsonl",
      (text) => text.replace('"index":1', '"index":7'),
    );
    const files = await sealRun(await runtimeFileSystem(), runPaths(path));
    const summary = JSON.parse(
      await readFile(join(path, "summary.json"), "utf8"),
    );
    await writeFile(
      join(path, "summary.json"),
      JSON.stringify({ ...summary, files }, null, 2) + "\n",
    );
    assert.equal((await verifyRun(path)).ok, true);
    const { problems } = await verifyRun(path, { expectedSeal: seal });
    assert.deepEqual(problems.map(({ code }) => code), ["SEAL_MISMATCH"]);
  }));

test("verifyRun() refuses a seal that is none", () =>
  withTempDir(async (dir) => {
    await assert.rejects(verifyRun(dir, { expectedSeal: "abc" }), {
      code: "INVALID_OPTION",
      message: /"expectedSeal" must be 64 hex digits/,
    });
  }));

test("runs that were recovered or resumed are sealed with all that was there", () =>
  withTempDir(async (dir) => {
    const recovered = await record(dir);
    await unlink(join(recovered, "summary.json"));
    await recoverRun(recovered);
    assert.deepEqual(await codesOf(recovered), []);
    const broken = await aRun(dir, { run_id: "run_2" });
    const one = await recordInstance(broken, {
      steps: [{ request: { a: 1 } }],
      completion: false,
    });
    await one.artifact("page.txt", "first");
    await broken[Symbol.asyncDispose]();
    assert.deepEqual(await codesOf(broken.path), []);
    const resumed = await resumeRun(broken.path);
    const again = await recordInstance(resumed, {
      instance_id: one.instance_id,
      steps: [{ request: { a: 2 } }],
    });
    assert.equal(again.instance_id, one.instance_id);
    await resumed.finalize();
    assert.deepEqual(await codesOf(resumed.path), []);
    const { artifacts } = (await openRun(resumed.path)).summary!.files;
    assert.equal(artifacts.files, 3);
    await writeFile(
      join(resumed.path, "artifacts", "inst_001~1", "page.txt"),
      "other",
    );
    assert.deepEqual(await codesOf(resumed.path), ["SEAL_BROKEN"]);
  }));

test("verifyRun() reports a pass with a failed assertion, and time that goes back", () =>
  withTempDir(async (dir) => {
    const run = await aRun(dir);
    await recordInstance(run, {
      assertions: [{ passed: false }],
      completion: { passed: true },
    });
    await run.appendInstance({
      instance_id: "own",
      run_id: run.run_id,
      correlation_id: "0af7651916cd43dd8448eb211c80319c",
      scenario_id: "checkout",
      instance_key: null,
      retry_of: null,
      started_at: "2024-01-15T10:30:00.001Z",
      completed_at: "2024-01-15T10:30:00.000Z",
      duration_ms: 0,
      passed: true,
      entry_data: {},
      error: null,
    });
    await assert.rejects(
      run.appendInstance({
        instance_id: "other",
        run_id: run.run_id,
        correlation_id: "0af7651916cd43dd8448eb211c80319c",
        scenario_id: "checkout",
        instance_key: null,
        retry_of: null,
        started_at: "2024-02-29T10:30:00.000Z",
        completed_at: "2024-02-30T10:30:00.000Z",
        duration_ms: 0,
        passed: true,
        entry_data: {},
        error: null,
      }),
      {
        code: "INVALID_RECORD",
        message: /"completed_at" must be a date that exists/,
      },
    );
    await run.finalize();
    assert.deepEqual(await codesOf(run.path), ["TIME_REVERSED", "FALSE_PASS"]);
  }));
