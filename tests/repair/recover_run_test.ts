import assert from "node:assert/strict";
import {
  appendFile,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import {
  type FileSystem,
  openRun,
  recoverRun,
  resumeRun,
  verifyRun,
} from "../../mod.ts";
import { runtimeFileSystem } from "../../src/adapters/runtime.ts";
import {
  aRun,
  type InstancePlan,
  recordInstance,
  recordRun,
} from "../support/run_builder.ts";
import { withTempDir } from "../support/temp_dir.ts";

/** A run as its writer's crash leaves it: no summary, and no lock that holds. */
async function crashedRun(dir: string): Promise<string> {
  const instances = Array.from({ length: 5 }, (_, i): InstancePlan => ({
    entry_data: { user: 7 },
    steps: [{ observation: { latency_ms: 10 } }],
    assertions: [{ passed: i !== 1 }],
    completion: i < 3 ? undefined : false,
  }));
  const path = await recordRun(dir, instances, { scenario_ids: ["checkout"] });
  await rm(join(path, "summary.json"));
  return path;
}

const contents = async (path: string) => {
  const names = (await readdir(path, { recursive: true })).sort();
  const files: Record<string, string> = {};
  for (const name of names) {
    const file = join(path, name);
    if (!(await stat(file)).isDirectory()) {
      files[name] = await readFile(file, "latin1");
    }
  }
  return files;
};

test("recoverRun() closes the run as interrupted, counted from its lines", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    assert.equal((await openRun(path)).state, "interrupted");
    const report = await recoverRun(path);
    assert.equal(report.run_id, "run_1");
    assert.equal(report.alreadyFinalized, false);
    assert.deepEqual(
      report.instancesInFlight,
      ["inst_004", "inst_005"].map((instance_id) => ({
        instance_id,
        instance_key: null,
        scenario_id: "checkout",
        entry_data: { user: 7 },
      })),
    );
    assert.equal(report.summary.incomplete_count, 2);
    assert.deepEqual(report.tornTails, []);
    const past = await openRun(path);
    assert.equal(past.state, "interrupted");
    assert.deepEqual(past.summary, report.summary);
    const { summary } = report;
    assert.equal(summary.total_instances, 3);
    assert.equal(summary.pass_count, 2);
    assert.equal(summary.fail_count, 1);
    assert.equal(summary.total_steps, 5);
    assert.equal(summary.assertions_failed, 1);
    assert.ok(Math.abs(summary.p50_latency_ms! - 10) <= 0.1);
    const [last] = (await Array.fromAsync(past.assertions())).slice(-1);
    assert.equal(summary.completed_at, last!.timestamp);
  }));

test("recoverRun() puts torn bytes aside and cuts them", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    const before = await contents(path);
    const torn = {
      "instances.jsonl": '{"instance_id":"inst_004","run',
      "steps.jsonl": '{"instance_id":"inst_005"}',
      "assertions.jsonl": "\u00ff\u0000{",
    };
    for (const [name, text] of Object.entries(torn)) {
      await appendFile(join(path, name), text, "latin1");
    }
    const report = await recoverRun(path);
    assert.deepEqual(
      report.tornTails.map(({ file, offset, bytes, instance_id }) => ({
        file,
        offset,
        bytes,
        instance_id,
      })),
      Object.entries(torn).map(([name, text], i) => ({
        file: join(path, name),
        offset: before[name]!.length,
        bytes: text.length,
        instance_id: ["inst_004", "inst_005", null][i],
      })),
    );
    for (const [i, text] of Object.values(torn).entries()) {
      const { savedAs, file, offset } = report.tornTails[i]!;
      assert.equal(await readFile(savedAs, "latin1"), text);
      assert.equal(
        savedAs,
        `${path}.${file.split(/[/\\]/).pop()}.${offset}.torn`,
      );
    }
    const { "summary.json": _, ...after } = await contents(path);
    assert.deepEqual(after, before);
  }));

test("recoverRun() puts torn bytes next to the run however its path is written", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    for (const written of [`${path}/.`, `${path}/`, `${path}/artifacts/..`]) {
      await rm(join(path, "summary.json"), { force: true });
      await appendFile(join(path, "steps.jsonl"), written);
      const { tornTails } = await recoverRun(written);
      assert.equal(dirname(tornTails[0]!.savedAs), dir);
      assert.equal(await readFile(tornTails[0]!.savedAs, "utf8"), written);
    }
    assert.deepEqual((await readdir(path)).length, 7);
  }));

test("recoverRun() says which file is missing", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    const file = join(path, "assertions.jsonl");
    await rm(file);
    await assert.rejects(recoverRun(path), { code: "CORRUPT_FILE", file });
  }));

test("recoverRun() changes nothing when it is called again", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    await appendFile(join(path, "steps.jsonl"), "torn");
    const first = await recoverRun(path);
    const before = await contents(dir);
    const second = await recoverRun(path);
    assert.equal(second.alreadyFinalized, true);
    assert.deepEqual(second.summary, first.summary);
    assert.deepEqual(await contents(dir), before);
  }));

test("recoverRun() keeps every torn tail when one place is torn again", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    const file = join(path, "steps.jsonl");
    const names: string[] = [];
    for (const text of ["one", "two", "one", "three"]) {
      await rm(join(path, "summary.json"), { force: true });
      await appendFile(file, text);
      const [tail] = (await recoverRun(path)).tornTails;
      assert.equal(await readFile(tail!.savedAs, "utf8"), text);
      names.push(tail!.savedAs);
    }
    assert.equal(names[0], names[2], "The same bytes are kept once");
    assert.equal(new Set(names).size, 3);
  }));

test("recoverRun() sets damage aside that no completed instance needs", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    const file = join(path, "steps.jsonl");
    const offset = (await stat(file)).size;
    const damaged = "not a line\n{}\n\0\0\0\n";
    await appendFile(file, `${damaged}torn`);
    const { damage, tornTails } = await recoverRun(path);
    const [part] = damage;
    assert.deepEqual(damage, [{
      file,
      line: 6,
      offset,
      bytes: damaged.length + 4,
      message: part!.message,
      instanceIds: [],
      savedAs: part!.savedAs,
    }]);
    assert.match(part!.message, /Cannot read line 6 of .*: it is not JSON/);
    assert.equal(await readFile(part!.savedAs, "utf8"), `${damaged}torn`);
    assert.equal((await stat(file)).size, offset);
    assert.deepEqual(tornTails, []);
    assert.deepEqual((await verifyRun(path)).problems, []);
    assert.equal((await recoverRun(path)).alreadyFinalized, true);
  }));

/** A run that crashed: two instances completed, one was in flight. */
async function runToDamage(dir: string): Promise<string> {
  const run = await aRun(dir);
  for (const completion of [undefined, undefined, false] as const) {
    await recordInstance(run, {
      steps: [{ request: { a: 1 } }, {}],
      assertions: [{ step_index: 1 }],
      completion,
    });
  }
  await run[Symbol.asyncDispose]();
  await rm(join(run.path, "summary.json"));
  return run.path;
}

async function changeLine(
  file: string,
  number: number,
  change: (line: string) => string,
): Promise<number> {
  const lines = (await readFile(file, "utf8")).split("\n");
  lines[number - 1] = change(lines[number - 1]!);
  await writeFile(file, lines.join("\n"));
  const before = lines.slice(0, number - 1).map((line) => `${line}\n`);
  return new TextEncoder().encode(before.join("")).length;
}

const NEEDED: [
  what: string,
  name: string,
  line: number,
  change: (line: string) => string,
  ids: string[],
][] = [
  [
    "a step of which the instance shows",
    "steps.jsonl",
    4,
    (line) => line.slice(0, -5),
    ["inst_002"],
  ],
  [
    "a step before others that are needed",
    "steps.jsonl",
    2,
    () => "\0".repeat(9),
    [
      "inst_001",
      "inst_002",
    ],
  ],
  ["a step that an assertion names", "steps.jsonl", 4, () => "?", [
    "inst_002",
  ]],
  ["an assertion", "assertions.jsonl", 2, (line) => line + "}", ["inst_002"]],
  ["an instance before another", "instances.jsonl", 1, () => "?", ["inst_002"]],
];

for (const [what, name, line, change, ids] of NEEDED) {
  test(`recoverRun() refuses where ${what} is damaged, and changes nothing`, () =>
    withTempDir(async (dir) => {
      const path = await runToDamage(dir);
      const file = join(path, name);
      const offset = await changeLine(file, line, change);
      const before = await contents(dir);
      await assert.rejects(recoverRun(path), {
        code: "CORRUPT_LINE",
        message: new RegExp(
          `completed instances \\(${
            ids.map((id) => `"${id}"`).join(", ")
          }\\): setAside: true`,
        ),
        file,
        line,
        offset,
      });
      await assert.rejects(resumeRun(path), { code: "CORRUPT_LINE" });
      assert.deepEqual(await contents(dir), before);
      const { damage } = await recoverRun(path, { setAside: true });
      assert.deepEqual(
        damage.map((part) => [part.file, part.line, part.instanceIds]),
        [[file, line, ids]],
      );
      assert.ok((await readFile(damage[0]!.savedAs)).length > 0);
      // Nothing of what can be read is gone, or of another form.
      const { problems } = await verifyRun(path);
      for (const { code } of problems) {
        assert.match(code, /^STEP_|^UNKNOWN_ENTRY$/);
      }
    }));
}

test("resumeRun() goes on with a run whose damage was set aside", () =>
  withTempDir(async (dir) => {
    const path = await runToDamage(dir);
    // The last line is of the instance in flight.
    await changeLine(join(path, "steps.jsonl"), 6, () => "?");
    const run = await resumeRun(path);
    assert.deepEqual(
      run.resumed?.instancesInFlight.map(({ instance_id }) => instance_id),
      ["inst_003"],
    );
    await recordInstance(run, { instance_id: "inst_003", steps: [{}] });
    const { status, total_instances } = await run.finalize();
    assert.deepEqual([status, total_instances], ["completed", 3]);
    assert.deepEqual((await verifyRun(path)).problems, []);
  }));

test("recoverRun() removes what an atomic write left behind", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    await writeFile(join(path, "summary.json.tmp"), "{ half");
    await recoverRun(path);
    assert.equal("summary.json.tmp" in await contents(path), false);
  }));

test("recoverRun() recovers a run that has no line at all", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    for (const name of ["instances", "steps", "assertions", "started"]) {
      await truncate(join(path, `${name}.jsonl`));
    }
    const { summary } = await recoverRun(path);
    assert.equal(summary.total_instances, 0);
    assert.equal(summary.p50_latency_ms, null);
    assert.equal(summary.duration_ms, 0);
  }));

test("recoverRun() refuses what is not a run", () =>
  withTempDir(async (dir) => {
    await mkdir(join(dir, "empty"));
    await assert.rejects(recoverRun(join(dir, "empty")), {
      code: "RUN_NOT_FOUND",
    });
    await assert.rejects(recoverRun(join(dir, "none")), {
      code: "RUN_NOT_FOUND",
    });
    assert.deepEqual(await readdir(join(dir, "empty")), []);
  }));

test("recoverRun() and openRun() do not take a short read for a torn tail", () =>
  withTempDir(async (dir) => {
    const path = await crashedRun(dir);
    const disk = await runtimeFileSystem();
    const fs: FileSystem = {
      ...disk,
      async openRead(path) {
        const handle = await disk.openRead(path);
        return {
          read: (into, position) =>
            handle.read(into.subarray(0, Math.min(into.length, 7)), position),
          close: () => handle.close(),
        };
      },
    };
    const before = await contents(path);
    assert.deepEqual((await openRun(path, { fs })).tornTails, []);
    const report = await recoverRun(path, { fs });
    assert.deepEqual(report.tornTails, []);
    const { "summary.json": _, ...after } = await contents(path);
    assert.deepEqual(after, before);
  }));
